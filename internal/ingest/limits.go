package ingest

// Sizes that are accepted, in bytes after decompression (PROTOCOL.md, §6).
const (
	MaxEvent     = 1 << 20
	MaxContainer = 12 << 20
	MaxRequest   = 40 << 20
	// MaxAttachment is the size of one attachment.
	MaxAttachment = 8 << 20
	MaxOTLP       = 64 << 20
	// MaxLogRecords is how many log entries one record of the event log holds:
	// larger containers are parted, since each becomes a row.
	MaxLogRecords = 1000
)
