"""The login of the console: Amazon Cognito's managed login, or what stands in for it."""
