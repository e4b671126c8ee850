# Markdown as docs/ has it, made ready for lowdown's man pages: tables, for which a terminal is too narrow,
# become lists of definitions; links become their text; `first` is the page's heading, if it is to be another.
function cells(line,   n, i, parts) {
  gsub(/\\\|/, "\001", line)
  sub(/^\| */, "", line); sub(/ *\|[ ]*$/, "", line)
  n = split(line, parts, / *\| */)
  for (i in cell) delete cell[i]
  for (i = 1; i <= n; i++) { gsub(/\001/, "|", parts[i]); cell[i] = parts[i] }
  return n
}
function unlinked(line,   before, text) {
  while (match(line, /\[[^][]*\]\([^()]*\)/)) {
    before = substr(line, 1, RSTART - 1)
    text = substr(line, RSTART + 1, RLENGTH - 1)
    sub(/\]\(.*$/, "", text)
    line = before text substr(line, RSTART + RLENGTH)
  }
  return line
}
/^```/ { fenced = !fenced; print; next }
fenced || /^    / { print; next }
{ $0 = unlinked($0) }
!/^\|/ { intable = 0; if (/^# /) $0 = "# " (first == "" ? toupper(substr($0, 3)) : first); print; next }
!intable { columns = cells($0); for (i = 1; i <= columns; i++) head[i] = cell[i]; intable = 1; print ""; next }
/^\| *-/ { next }
{
  n = cells($0)
  if (head[1] == "" && n > 2) {                # nothing but items
    for (i = 1; i <= n; i++) if (cell[i] != "") print "- " cell[i]
    next
  }
  text = cell[2]
  for (i = 3; i <= n; i++)
    if (cell[i] != "") text = text (text == "" ? "" : "; ") (head[i] == "" ? "" : head[i] ": ") cell[i]
  print (cell[1] == "" ? "(blank)" : cell[1])
  print ": " (text == "" ? "as it says" : text)
  print ""
}
