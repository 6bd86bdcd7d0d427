class RegistrationError(Exception):
    """A refusal that a person can act on: a stable `code` for programs, a message in words for people.

    Rules raise it, views catch it and nothing wider, so that a programmer's mistake still reaches the 500 page.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
