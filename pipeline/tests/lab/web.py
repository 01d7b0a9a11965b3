"""A web on which nothing can be found out."""

from pipeline.http import Fetched, FetchFailed


class NoWeb:
    """Every question fails in the way that proves nothing, as on a machine without a network."""

    def __init__(self, *, user_agent: str) -> None:
        self.user_agent = user_agent

    def fetch(self, url: str) -> Fetched:
        """Raise FetchFailed."""
        raise FetchFailed("dns", url, "there is no network here")
