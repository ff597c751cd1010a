"""Ways out that are no chat: mail, webhook, file. Each will stand beside the platforms, behind the same port (architecture, decision 8)."""
