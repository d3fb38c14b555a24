"""The tokens of Velocity 1.7 and the lexical states that each of them is known in.

The lexer of Velocity 1.7 is a set of states, in each of which other tokens are known; the longest match wins. The
regular expressions here are ordered so that the first match is the longest one.

See: https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

import re
from enum import IntEnum, auto
from typing import NamedTuple


class State(IntEnum):
    """A lexical state."""

    DEFAULT = 0
    REFERENCE = auto()
    REFERENCE_MODIFIER = auto()
    ARGUMENTS = auto()
    INDEX = auto()
    PRE_DIRECTIVE = auto()
    DIRECTIVE = auto()
    LINE_COMMENT = auto()
    BLOCK_COMMENT = auto()
    TEXT_BLOCK = auto()


class Kind(IntEnum):
    """What a token is."""

    EOF = 0
    TEXT = auto()
    ESCAPE = auto()
    DOUBLE_ESCAPE = auto()
    ESCAPE_DIRECTIVE = auto()
    SET = auto()
    IF = auto()
    ELSEIF = auto()
    ELSE = auto()
    END = auto()
    WORD = auto()
    BRACKETED_WORD = auto()
    COMMENT = auto()
    LINE_COMMENT_START = auto()
    LINE_COMMENT_END = auto()
    TEXT_BLOCK = auto()
    IDENTIFIER = auto()
    DOT = auto()
    LCURLY = auto()
    RCURLY = auto()
    INDEX_LBRACKET = auto()
    INDEX_RBRACKET = auto()
    ARGUMENTS_RPAREN = auto()
    EMPTY_INDEX = auto()
    LPAREN = auto()
    RPAREN = auto()
    LBRACKET = auto()
    RBRACKET = auto()
    LEFT_CURLY = auto()
    RIGHT_CURLY = auto()
    COMMA = auto()
    COLON = auto()
    DOUBLE_DOT = auto()
    WHITESPACE = auto()
    STRING = auto()
    INTEGER = auto()
    FLOAT = auto()
    TRUE = auto()
    FALSE = auto()
    NOT = auto()
    AND = auto()
    OR = auto()
    LT = auto()
    LE = auto()
    GT = auto()
    GE = auto()
    EQ = auto()
    NE = auto()
    PLUS = auto()
    MINUS = auto()
    MULTIPLY = auto()
    DIVIDE = auto()
    MODULUS = auto()
    EQUALS = auto()


class Token(NamedTuple):
    """A token: its kind, its text, what stands before it that is output with it, and where it begins."""

    kind: Kind
    image: str
    prefix: str
    offset: int


_END_OF_LINE = r"[ \t]*(?:\r\n|\n|\r)"
_WORD = r"[A-Za-z_@][A-Za-z0-9_@]*"
_BRACKETED_WORD = r"\{[A-Za-z_][A-Za-z0-9_@]*\}"
_WORD_ENDS = r"(?![A-Za-z0-9_@])"
_EXPONENT = r"[eE][+-]?[0-9]+"

_SET = r"(?P<SET>[ \t]*\#(?:set|\{set\})\ *\()"
_DOLLAR = r"(?P<DOLLAR>\$+(?=\$)|\\*\$(?:\\*!)?)"
_LINE_COMMENT = r"(?P<LINE_COMMENT_START>\#\#)"
_HASHES = r"(?P<TEXT_BLOCK_START>\#\[\[)|(?P<FORMAL_START>\#\*\*[^\#])|(?P<COMMENT_START>\#\*)|(?P<HASH>\#)"
_EMPTY_INDEX = r"(?P<EMPTY_INDEX>\$\\?!?(?:(?<=!)\[|(?<=\$)[\[.]))"
_IDENTIFIER = r"(?P<IDENTIFIER>[A-Za-z_][A-Za-z0-9_-]*)"
_DOT = r"(?P<DOT>\.[A-Za-z])"
_CURLIES = r"(?P<LCURLY>\{)|(?P<RCURLY>\})"
_TERMINATOR = r"(?P<TERMINATOR>[\s\S])"
_STRING = r"""(?P<STRING>"[^"]*(?:""[^"]*)*"|'[^']*(?:''[^']*)*')"""
_NUMBER = (
    r"(?P<INTEGER_RANGE>-?[0-9]+\.\.)"
    rf"|(?P<FLOAT>-?(?:[0-9]+\.[0-9]*(?:{_EXPONENT})?|\.[0-9]+(?:{_EXPONENT})?|[0-9]+{_EXPONENT}))"
    r"|(?P<INTEGER>-?[0-9]+)"
)
_WHITESPACE = r"(?P<WHITESPACE>[ \t\n\r]+)"
_LISTS = (
    r"(?P<LBRACKET>\[)|(?P<RBRACKET>\])|(?P<COMMA>,)|(?P<DOUBLE_DOT>\.\.)|(?P<COLON>:)"
    r"|(?P<LEFT_CURLY>\{)|(?P<RIGHT_CURLY>\})"
)
_OPERATORS = (
    r"(?P<AND>&&)|(?P<OR>\|\|)|(?P<LE><=)|(?P<LT><)|(?P<GE>>=)|(?P<GT>>)|(?P<EQ>==)|(?P<NE>!=)|(?P<NOT>!)"
    r"|(?P<EQUALS>=)|(?P<PLUS>\+)|(?P<MINUS>-)|(?P<MULTIPLY>\*)|(?P<DIVIDE>/)|(?P<MODULUS>%)"
)


def _state(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.VERBOSE)


PATTERNS: dict[State, re.Pattern[str]] = {
    State.DEFAULT: _state(
        _SET,
        r"(?P<TEXT>[^$\#\\]+)",
        _EMPTY_INDEX,
        rf"(?P<ESCAPE_DIRECTIVE>(?:\\\\)*\\\#(?:{_WORD}|{_BRACKETED_WORD}))",
        _DOLLAR,
        r"(?P<DOUBLE_ESCAPE>\\\\)|(?P<ESCAPE>\\)",
        _LINE_COMMENT,
        _HASHES,
    ),
    State.REFERENCE: _state(
        _IDENTIFIER,
        _DOT,
        _CURLIES,
        _SET,
        _EMPTY_INDEX,
        _DOLLAR,
        r"(?P<INDEX_LBRACKET>\[)",
        _LINE_COMMENT,
        _HASHES,
        _TERMINATOR,
    ),
    State.REFERENCE_MODIFIER: _state(
        _IDENTIFIER, r"(?P<LPAREN>\()", _DOT, _CURLIES, _SET, _DOLLAR, r"(?P<INDEX_LBRACKET>\[)", _HASHES, _TERMINATOR
    ),
    State.ARGUMENTS: _state(
        _STRING, r"(?P<ARGUMENTS_RPAREN>\))", _SET, _WHITESPACE, _IDENTIFIER, _NUMBER, _LISTS, _DOT, _DOLLAR, _HASHES
    ),
    State.INDEX: _state(
        _STRING, r"(?P<INDEX_RBRACKET>\])", _WHITESPACE, r"(?P<TRUE>true)|(?P<FALSE>false)", _NUMBER, _DOLLAR, _HASHES
    ),
    State.PRE_DIRECTIVE: _state(
        rf"(?P<END>(?:end{_WORD_ENDS}|\{{end\}})(?:{_END_OF_LINE})?)",
        rf"(?P<IF>if{_WORD_ENDS}|\{{if\}})",
        rf"(?P<ELSEIF>elseif{_WORD_ENDS}|\{{elseif\}})",
        rf"(?P<ELSE>(?:else{_WORD_ENDS}|\{{else\}})(?:{_END_OF_LINE})?)",
        rf"(?P<WORD>{_WORD})|(?P<BRACKETED_WORD>{_BRACKETED_WORD})",
        _NUMBER,
        _DOLLAR,
        _LINE_COMMENT,
        _HASHES,
        _TERMINATOR,
    ),
    State.DIRECTIVE: _state(
        _DOLLAR,
        _WHITESPACE,
        rf"(?P<LPAREN>\()|(?P<RPAREN>\)(?:{_END_OF_LINE})?)",
        _STRING,
        _NUMBER,
        rf"(?P<WORD>{_WORD})|(?P<BRACKETED_WORD>{_BRACKETED_WORD})",
        _LISTS,
        _OPERATORS,
        _LINE_COMMENT,
        _HASHES,
    ),
    State.LINE_COMMENT: _state(
        r"(?P<LINE_COMMENT_END>\r\n|\n|\r)",
        r"(?P<SKIP>[^$\#\\\r\n]+|\\+(?![\\$]))",
        _DOLLAR,
        _HASHES,
        r"(?P<SKIP_ONE>[\s\S])",
    ),
    State.BLOCK_COMMENT: _state(
        r"(?P<COMMENT>\*\#)", r"(?P<SKIP>[^$\#\\*]+|\\+(?![\\$]))", _DOLLAR, _HASHES, r"(?P<SKIP_ONE>[\s\S])"
    ),
    State.TEXT_BLOCK: _state(
        r"(?P<TEXT_BLOCK>\]\]\#)", r"(?P<MORE>[^$\#\\\]]+|\\+(?![\\$]))", _DOLLAR, _HASHES, r"(?P<MORE_ONE>[\s\S])"
    ),
}

ESCAPED_WORD = re.compile(rf"\#(?:{_WORD}|{_BRACKETED_WORD})")
"""What backslashes escape, besides a reference."""

KEYWORDS: dict[str, Kind] = {
    "true": Kind.TRUE,
    "false": Kind.FALSE,
    "and": Kind.AND,
    "or": Kind.OR,
    "lt": Kind.LT,
    "le": Kind.LE,
    "gt": Kind.GT,
    "ge": Kind.GE,
    "eq": Kind.EQ,
    "ne": Kind.NE,
    "not": Kind.NOT,
}
"""Words that are operators or literals inside a directive."""
