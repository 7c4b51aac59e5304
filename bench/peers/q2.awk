# The three most requested paths per 5 minutes: mawk -f q2.awk LOG. The input is in order of time.
function close_window(  path, rank, best) {
  for (rank = 1; rank <= 3; rank++) {
    best = ""
    for (path in count) if (best == "" || count[path] > count[best] || (count[path] == count[best] && path < best)) best = path
    if (best == "") break
    print window, rank, best, count[best]
    delete count[best]
  }
  delete count
}
{
  w = substr($4, 2, 14) ":" int(substr($4, 17, 2) / 5)
  if (w != window) { close_window(); window = w }
  target = $7
  mark = index(target, "?")
  count[mark ? substr(target, 1, mark - 1) : target]++
}
END { close_window() }
