"""DynamoDB, SQS and Secrets Manager."""
