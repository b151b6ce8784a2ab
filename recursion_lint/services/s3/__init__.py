"""Amazon S3: notifications, access logs, replication, access points."""
