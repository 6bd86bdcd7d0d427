class SettingUpError(Exception):
    """A refusal that an organiser can act on: a stable `code` for programs, a message in words for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
