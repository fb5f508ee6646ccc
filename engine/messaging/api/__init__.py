"""Contents, messages and the catcher over REST."""
