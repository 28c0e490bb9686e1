// Package bench is the load generator behind "mesher bench". It sends
// realistic events to any server of the Sentry protocol, or to Mesher's own
// doors, on a loopback address only; measures what the client saw and what the
// server spent; and then checks what was stored against what was acknowledged.
//
// Everything that is sent follows from a seed and a sequence number, so that
// the check can name every event without having kept one.
package bench
