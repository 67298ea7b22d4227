"""The document that Yuki books: lines, amounts, VAT, debtor."""
