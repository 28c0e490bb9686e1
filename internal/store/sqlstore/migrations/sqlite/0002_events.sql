-- +goose Up
CREATE TABLE partitions_applied (
    name TEXT PRIMARY KEY,
    through BIGINT NOT NULL
);
