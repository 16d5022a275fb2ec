"""An S3 server of the tests' own, and how processes are told of it."""

import logging
from urllib.parse import urlencode

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "playground"
SECRETS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_DEFAULT_REGION": "us-east-1"}


class BucketServer:
    """S3's API on a free port of this machine, with one empty bucket."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not every request
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        _, port = self._server.get_host_and_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
        )
        self.client.create_bucket(Bucket=BUCKET)

    def url(self, prefix: str = "") -> str:
        """What STORAGE_URL says of a folder in the bucket."""
        return f"s3://{BUCKET}/{prefix}?{urlencode({'endpoint': self.endpoint, 'region': 'us-east-1'})}"

    def names(self) -> list[str]:
        """Every file in the bucket."""
        return [item["Key"] for item in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def stop(self) -> None:
        """Ends it; its files are gone."""
        self.client.close()
        self._server.stop()
