"""What `tribe_webhook` is measured against: a handler that only makes a boto3 SQS client."""

import os
from typing import Any

import boto3

SQS = boto3.client("sqs")


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Put the body on the queue, unread."""
    SQS.send_message(QueueUrl=os.environ["INVOICE_QUEUE_URL"], MessageBody=event["body"], MessageGroupId="demo")
    return {"statusCode": 202}
