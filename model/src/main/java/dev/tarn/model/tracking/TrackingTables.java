package dev.tarn.model.tracking;

import dev.tarn.lake.state.Database;

/// The tables of tracking and registry. Times are milliseconds since 1970, as in MLflow's API.
public final class TrackingTables {
    private static final String FIRST = """
            CREATE TABLE ml_experiment (
              id BIGINT PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              artifact_location TEXT NOT NULL,
              lifecycle_stage TEXT NOT NULL,
              creation_time BIGINT NOT NULL,
              last_update_time BIGINT NOT NULL
            );
            CREATE TABLE ml_experiment_tag (
              experiment_id BIGINT NOT NULL REFERENCES ml_experiment (id),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (experiment_id, key)
            );
            CREATE TABLE ml_run (
              no BIGINT PRIMARY KEY,
              run_id TEXT NOT NULL UNIQUE,
              experiment_id BIGINT NOT NULL REFERENCES ml_experiment (id),
              run_name TEXT NOT NULL,
              user_id TEXT NOT NULL,
              status TEXT NOT NULL,
              start_time BIGINT NOT NULL,
              end_time BIGINT,
              artifact_uri TEXT NOT NULL,
              lifecycle_stage TEXT NOT NULL
            );
            CREATE INDEX ml_run_by_experiment ON ml_run (experiment_id, start_time);
            CREATE TABLE ml_param (
              run_no BIGINT NOT NULL REFERENCES ml_run (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (run_no, key)
            );
            CREATE TABLE ml_run_tag (
              run_no BIGINT NOT NULL REFERENCES ml_run (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (run_no, key)
            );
            CREATE TABLE ml_metric (
              run_no BIGINT NOT NULL,
              key TEXT NOT NULL,
              step BIGINT NOT NULL,
              timestamp BIGINT NOT NULL,
              value DOUBLE PRECISION NOT NULL,
              is_nan INTEGER NOT NULL,
              PRIMARY KEY (run_no, key, step, timestamp, value, is_nan)
            );
            CREATE TABLE ml_latest_metric (
              run_no BIGINT NOT NULL,
              key TEXT NOT NULL,
              step BIGINT NOT NULL,
              timestamp BIGINT NOT NULL,
              value DOUBLE PRECISION NOT NULL,
              is_nan INTEGER NOT NULL,
              PRIMARY KEY (run_no, key)
            );
            CREATE TABLE ml_dataset (
              no BIGINT PRIMARY KEY,
              experiment_id BIGINT NOT NULL REFERENCES ml_experiment (id),
              name TEXT NOT NULL,
              digest TEXT NOT NULL,
              source_type TEXT NOT NULL,
              source TEXT NOT NULL,
              schema TEXT,
              profile TEXT,
              UNIQUE (experiment_id, name, digest)
            );
            CREATE TABLE ml_input (
              run_no BIGINT NOT NULL REFERENCES ml_run (no),
              dataset_no BIGINT NOT NULL REFERENCES ml_dataset (no),
              tags TEXT NOT NULL,
              PRIMARY KEY (run_no, dataset_no)
            );
            CREATE TABLE ml_run_model (
              run_no BIGINT NOT NULL REFERENCES ml_run (no),
              model_id TEXT NOT NULL,
              direction TEXT NOT NULL,
              step BIGINT NOT NULL,
              PRIMARY KEY (run_no, model_id, direction)
            );
            CREATE TABLE ml_logged_model (
              no BIGINT PRIMARY KEY,
              model_id TEXT NOT NULL UNIQUE,
              experiment_id BIGINT NOT NULL REFERENCES ml_experiment (id),
              name TEXT NOT NULL,
              artifact_uri TEXT NOT NULL,
              creation_time BIGINT NOT NULL,
              last_update_time BIGINT NOT NULL,
              status TEXT NOT NULL,
              status_message TEXT NOT NULL,
              model_type TEXT NOT NULL,
              source_run_id TEXT NOT NULL
            );
            CREATE TABLE ml_logged_model_param (
              model_no BIGINT NOT NULL REFERENCES ml_logged_model (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (model_no, key)
            );
            CREATE TABLE ml_logged_model_tag (
              model_no BIGINT NOT NULL REFERENCES ml_logged_model (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (model_no, key)
            );
            CREATE TABLE ml_logged_model_metric (
              model_no BIGINT NOT NULL REFERENCES ml_logged_model (no),
              key TEXT NOT NULL,
              value DOUBLE PRECISION NOT NULL,
              is_nan INTEGER NOT NULL,
              timestamp BIGINT NOT NULL,
              step BIGINT NOT NULL,
              run_id TEXT NOT NULL,
              dataset_name TEXT NOT NULL,
              dataset_digest TEXT NOT NULL,
              PRIMARY KEY (model_no, key, step, run_id, dataset_name, dataset_digest)
            );
            CREATE TABLE ml_model (
              no BIGINT PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              description TEXT NOT NULL,
              creation_timestamp BIGINT NOT NULL,
              last_updated_timestamp BIGINT NOT NULL,
              versions BIGINT NOT NULL
            );
            CREATE TABLE ml_model_tag (
              model_no BIGINT NOT NULL REFERENCES ml_model (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (model_no, key)
            );
            CREATE TABLE ml_version (
              no BIGINT PRIMARY KEY,
              model_no BIGINT NOT NULL REFERENCES ml_model (no),
              version BIGINT NOT NULL,
              creation_timestamp BIGINT NOT NULL,
              last_updated_timestamp BIGINT NOT NULL,
              user_id TEXT NOT NULL,
              current_stage TEXT NOT NULL,
              description TEXT NOT NULL,
              source TEXT NOT NULL,
              run_id TEXT NOT NULL,
              run_link TEXT NOT NULL,
              model_id TEXT NOT NULL,
              UNIQUE (model_no, version)
            );
            CREATE TABLE ml_version_tag (
              version_no BIGINT NOT NULL REFERENCES ml_version (no),
              key TEXT NOT NULL,
              value TEXT NOT NULL,
              PRIMARY KEY (version_no, key)
            );
            CREATE TABLE ml_alias (
              model_no BIGINT NOT NULL REFERENCES ml_model (no),
              alias TEXT NOT NULL,
              version BIGINT NOT NULL,
              PRIMARY KEY (model_no, alias)
            );
            """;

    private TrackingTables() {}

    /// Makes the tables, or brings them to what this program knows.
    public static void migrate(Database database) {
        database.migrate("tracking", FIRST);
    }
}
