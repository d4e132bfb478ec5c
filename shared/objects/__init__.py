"""Contents that are too large for events: files beside the record, in a folder or in an object store that speaks S3."""
