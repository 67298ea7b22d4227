"""AWS's list prices in the region Europe (Ireland), eu-west-1, in US dollars without VAT, as they were published.

`page` is where AWS publishes the price. For most it is the price list file of the region, and `published` is the date
in the file; the values are those of public copies of these files. For the others it is the service's pricing page, and
`published` is the date of the account of that page that the value was compared with. `free` is what AWS gives every
account each month without an end; allowances of the first year are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

REGION = "eu-west-1"


class Item(StrEnum):
    """What is charged for."""

    LAMBDA_REQUEST = "Lambda, request"
    LAMBDA_GB_SECOND = "Lambda, GB-second on arm64"
    HTTP_REQUEST = "HTTP API, request"
    SQS_STANDARD = "SQS, request to a standard queue"
    SQS_FAIR = "SQS, surcharge for a request with a message group"
    SQS_FIFO = "SQS, request to a FIFO queue"
    READ_UNIT = "DynamoDB, read unit on demand"
    WRITE_UNIT = "DynamoDB, write unit on demand"
    TABLE_STORAGE = "DynamoDB, GB stored for a month"
    TABLE_BACKUP = "DynamoDB, GB with point-in-time recovery for a month"
    METRIC = "CloudWatch, custom metric for a month"
    ALARM = "CloudWatch, alarm for a month"
    DASHBOARD = "CloudWatch, dashboard for a month"
    LOG_INGESTION = "CloudWatch Logs, GB taken in"
    LOG_STORAGE = "CloudWatch Logs, GB stored for a month"
    SECRET = "Secrets Manager, secret for a month"
    SECRET_REQUEST = "Secrets Manager, request"
    KEY = "KMS, key for a month"
    KEY_REQUEST = "KMS, request"
    SCHEDULE = "EventBridge, run of a scheduled rule"
    EMAIL = "SNS, e-mail"
    TRANSFER_OUT = "Data transfer, GB to the internet"


@dataclass(frozen=True, slots=True)
class Price:
    """A price for one unit, and how many units a month are free for ever."""

    usd: float
    published: date
    page: str
    free: float = 0


_FILES = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/eu-west-1/index.json"
_LAMBDA = (date(2026, 10, 1), _FILES.format(service="AWSLambda"))
_API = (date(2026, 10, 2), _FILES.format(service="AmazonApiGateway"))
_SQS = (date(2026, 9, 11), _FILES.format(service="AWSQueueService"))
_TABLES = (date(2026, 9, 11), _FILES.format(service="AmazonDynamoDB"))
_WATCH = (date(2026, 9, 22), _FILES.format(service="AmazonCloudWatch"))
_SECRETS = (date(2026, 9, 11), _FILES.format(service="AWSSecretsManager"))
_TRANSFER = (date(2026, 9, 16), _FILES.format(service="AWSDataTransfer"))
_SQS_PAGE = (date(2026, 3, 14), "https://aws.amazon.com/sqs/pricing/")
_WATCH_PAGE = (date(2026, 6, 13), "https://aws.amazon.com/cloudwatch/pricing/")
_KEYS_PAGE = (date(2026, 3, 15), "https://aws.amazon.com/kms/pricing/")
_BUS_PAGE = (date(2026, 3, 13), "https://aws.amazon.com/eventbridge/pricing/")
_MAIL_PAGE = (date(2026, 6, 13), "https://aws.amazon.com/sns/pricing/")

PRICES: Mapping[Item, Price] = {
    Item.LAMBDA_REQUEST: Price(0.20e-6, *_LAMBDA, free=1_000_000),
    Item.LAMBDA_GB_SECOND: Price(13.3334e-6, *_LAMBDA, free=400_000),
    Item.HTTP_REQUEST: Price(1.11e-6, *_API),
    # The million free requests are for both kinds of queue together; here they are all taken by the standard ones.
    Item.SQS_STANDARD: Price(0.40e-6, *_SQS, free=1_000_000),
    Item.SQS_FAIR: Price(0.10e-6, *_SQS_PAGE),
    Item.SQS_FIFO: Price(0.50e-6, *_SQS),
    Item.READ_UNIT: Price(0.1415e-6, *_TABLES),
    Item.WRITE_UNIT: Price(0.705e-6, *_TABLES),
    Item.TABLE_STORAGE: Price(0.283, *_TABLES, free=25),
    Item.TABLE_BACKUP: Price(0.22, *_TABLES),
    Item.METRIC: Price(0.30, *_WATCH, free=10),
    Item.ALARM: Price(0.10, *_WATCH, free=10),
    Item.DASHBOARD: Price(3.00, *_WATCH_PAGE, free=3),
    # Five GB free for taking in and storing together; here they are all taken by the first.
    Item.LOG_INGESTION: Price(0.57, *_WATCH, free=5),
    Item.LOG_STORAGE: Price(0.03, *_WATCH),
    Item.SECRET: Price(0.40, *_SECRETS),
    Item.SECRET_REQUEST: Price(5e-6, *_SECRETS),
    Item.KEY: Price(1.00, *_KEYS_PAGE),
    Item.KEY_REQUEST: Price(3e-6, *_KEYS_PAGE, free=20_000),
    # Events of AWS itself are free, and the runs of a schedule are such events.
    Item.SCHEDULE: Price(0.0, *_BUS_PAGE),
    Item.EMAIL: Price(20e-6, *_MAIL_PAGE, free=1_000),
    Item.TRANSFER_OUT: Price(0.09, *_TRANSFER, free=100),
}
