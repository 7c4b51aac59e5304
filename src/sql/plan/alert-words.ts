/** The words of alerts. */

export type Severity = 'info' | 'warning' | 'critical'

/** What a row of an alert says. */
export type AlertState = 'firing' | 'reminder' | 'resolved'
