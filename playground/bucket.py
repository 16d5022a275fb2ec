"""Files in an S3 bucket, for machines that share no disk. Imported only where one is configured."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

from playground.storage import Kept

# A worker waits for its files: rather a trouble that is told and tried again than minutes of silence.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "retries": {"mode": "standard", "max_attempts": 4},
}
MISSING = ("404", "NoSuchKey", "NotFound")


class BucketStorage(S3Storage):
    """django-storages' S3, with files that are replaced in one request, each whole or not at all.

    Whatever the bucket can't do is an OSError, as it is with a disk.
    """

    def __init__(self, **options: Any) -> None:
        # Servers of one's own know buckets by path; few have a host name for each.
        style = options.pop("addressing_style", "path" if options.get("endpoint_url") else "auto")
        config = Config(s3={"addressing_style": style}, **PATIENCE)
        super().__init__(client_config=config, file_overwrite=True, **options)

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        with troubles():
            self._client.put_object(**self._at(name), Body=content.read())
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError(f"files of a bucket are read whole, not opened with {mode!r}")
        with troubles():
            return ContentFile(self._client.get_object(**self._at(name))["Body"].read(), name)

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}

    def exists(self, name: str) -> bool:
        with troubles():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with troubles():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with troubles():
            folders, files = super().listdir(path)
        return folders, files

    def size(self, name: str) -> int:
        with troubles():
            return int(super().size(name))

    def get_modified_time(self, name: str) -> datetime:
        with troubles():
            changed: datetime = super().get_modified_time(name)
        return changed

    def below(self, folder: str) -> Iterator[Kept]:
        """Every file below a folder; one request for each thousand."""
        place = self._normalize_name(folder)
        pages = self._client.get_paginator("list_objects_v2")
        with troubles():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=f"{place}/"):
                for item in page.get("Contents", ()):
                    name = folder + item["Key"].removeprefix(place)
                    yield Kept(name, item["Size"], item["LastModified"])


@contextmanager
def troubles() -> Iterator[None]:
    """Turns the bucket's own errors into OSError, and a missing file into FileNotFoundError."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        if told.get("Code") in MISSING:
            raise FileNotFoundError(f"the bucket has no such file: {error}") from error
        raise OSError(f"the file storage refused: {told.get('Message') or error}") from error
    except BotoCoreError as error:
        raise OSError(f"the file storage does not answer: {error}") from error
