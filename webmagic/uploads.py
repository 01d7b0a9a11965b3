"""How much a browser may bring: the rest of too large a request is read and dropped, so that a page can say so."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest


class BoundedUpload(FileUploadHandler):
    """Drops the file with which a request brings more than settings.UPLOAD_MAX_MB; `is_too_large` tells of it."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._brought = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._brought += len(raw_data)
        if self._brought > settings.UPLOAD_MAX_MB * 1_000_000:
            if self.request is not None:
                self.request.META["webmagic.upload_too_large"] = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        return None  # the handlers behind it have the file
