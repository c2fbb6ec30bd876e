// The award sheet.
