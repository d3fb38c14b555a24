"""The one base of every error that a person may see."""


class StageproofError(Exception):
    """Something is wrong with what a person gave or with the world; never a bug of ours.

    The message is one line that says what is wrong, where (file, line, JSON pointer, AWS name) and the mend.
    ``slug`` names the section of the documentation that tells more.
    """

    slug = "error"
