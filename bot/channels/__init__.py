"""Ways out that are no chat: mail, webhook, file, status page. They stand beside the platforms, behind a port of their own (0029)."""
