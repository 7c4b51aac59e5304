# Requests by method per minute: mawk -f q1.awk LOG. The input is in order of time, so a minute ends where the next begins.
function close_minute(  method) {
  for (method in count) print minute, method, count[method]
  delete count
}
{
  m = substr($4, 2, 17)
  if (m != minute) { close_minute(); minute = m }
  count[substr($6, 2)]++
}
END { close_minute() }
