"""What the bot costs and how fast it is: `make bench`. Not tests; nothing here gates on seconds."""
