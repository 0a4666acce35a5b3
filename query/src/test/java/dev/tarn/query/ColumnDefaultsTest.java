package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Columns with defaults, which Iceberg's format version 3 knows: what rows have that were there before the column,
/// and what rows get that are written without it.
class ColumnDefaultsTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    private static Types.NestedField field(String table, String column) {
        Table loaded = engine.lake.main().loadTable(TableIdentifier.of("s", table));
        return loaded.schema().findField(column);
    }

    /// A column's type, the literal it is declared with, the literal that SHOW CREATE TABLE prints, and what Iceberg
    /// keeps.
    private record Default(String type, String declared, String shown, Object held) {}

    private static final List<Default> DEFAULTS = List.of(
            new Default("boolean", "true", "true", true),
            new Default("integer", "-3", "-3", -3),
            new Default("smallint", "7", "7", 7),
            new Default("bigint", "9223372036854775807", "9223372036854775807", Long.MAX_VALUE),
            new Default("real", "REAL '1.5'", "REAL '1.5'", 1.5f),
            new Default("double", "2.5", "DOUBLE '2.5'", 2.5),
            new Default("decimal(5, 2)", "1.25", "DECIMAL '1.25'", new java.math.BigDecimal("1.25")),
            new Default("varchar", "'it''s'", "'it''s'", "it's"),
            new Default("varchar(9)", "'grün'", "'grün'", "grün"),
            new Default("varbinary", "X'00ff'", "X'00FF'", ByteBuffer.wrap(new byte[] {0, -1})),
            new Default(
                    "uuid",
                    "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
                    "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
                    java.util.UUID.fromString("12151fd2-7586-11e9-8f9e-2a86e4085a59")),
            new Default("date", "DATE '1969-12-31'", "DATE '1969-12-31'", -1),
            new Default("time(6)", "TIME '12:34:56.5'", "TIME '12:34:56.500'", 45_296_500_000L),
            new Default(
                    "timestamp(6)",
                    "TIMESTAMP '1969-12-31 23:59:59.999999'",
                    "TIMESTAMP '1969-12-31 23:59:59.999999'",
                    -1L),
            new Default(
                    "timestamp(6) with time zone",
                    "TIMESTAMP '1970-01-01 00:00:01 UTC'",
                    "TIMESTAMP '1970-01-01 00:00:01.000000 UTC'",
                    1_000_000L));

    @Test
    void everyTypeHasItsLiteral() {
        List<String> columns = new ArrayList<>(List.of("id integer"));
        DEFAULTS.forEach(each -> columns.add("c" + columns.size() + " " + each.type() + " DEFAULT " + each.declared()));
        engine.run("CREATE TABLE every_type (" + String.join(", ", columns) + ") WITH (format_version = 3)");
        engine.run("CREATE TABLE older (id integer) WITH (format_version = 3)");
        engine.run("INSERT INTO older VALUES 1");
        columns.subList(1, columns.size()).forEach(column -> engine.run("ALTER TABLE older ADD COLUMN " + column));

        engine.run("INSERT INTO every_type (id) VALUES 1");
        String shown = engine.value("SHOW CREATE TABLE every_type").toString();
        for (int i = 0; i < DEFAULTS.size(); i++) {
            Default each = DEFAULTS.get(i);
            Types.NestedField field = field("every_type", "c" + (i + 1));
            assertThat(field.initialDefault()).as(each.type()).isEqualTo(each.held());
            assertThat(field.writeDefault()).as(each.type()).isEqualTo(each.held());
            assertThat(shown).contains(" DEFAULT " + each.shown());
            assertThat(engine.value("SELECT c%1$d = CAST(%2$s AS %3$s) FROM every_type"
                            .formatted(i + 1, each.declared(), each.type())))
                    .as(each.type())
                    .isEqualTo(true);
        }
        // What was written as a default, and what is read as one where the file has no such column.
        assertThat(engine.run("SELECT * FROM older")).isEqualTo(engine.run("SELECT * FROM every_type"));
    }

    @Test
    void rowsKeepTheDefaultOfTheirTime() {
        engine.run("CREATE TABLE prices (id integer NOT NULL) WITH (format_version = 3)");
        engine.run("INSERT INTO prices VALUES 1, 2");
        engine.run("ALTER TABLE prices ADD COLUMN currency varchar DEFAULT 'EUR'");
        engine.run("INSERT INTO prices (id) VALUES 3");
        engine.run("ALTER TABLE prices ALTER COLUMN currency SET DEFAULT 'USD'");
        engine.run("INSERT INTO prices (id) VALUES 4");
        engine.run("ALTER TABLE prices ALTER COLUMN currency DROP DEFAULT");
        engine.run("INSERT INTO prices (id) VALUES 5");
        engine.run("INSERT INTO prices VALUES (6, NULL)");
        String all = "SELECT string_agg FROM (SELECT listagg(coalesce(currency, '-'), ' ') WITHIN GROUP (ORDER BY id)"
                + " AS string_agg FROM prices)";
        assertThat(engine.value(all)).isEqualTo("EUR EUR EUR USD - -");

        // Conditions, aggregates and statistics see the same values, before the rows are written anew and after.
        for (String before : List.of("SELECT 1", "ALTER TABLE prices EXECUTE optimize")) {
            engine.run(before);
            assertThat(engine.value(all)).isEqualTo("EUR EUR EUR USD - -");
            assertThat(engine.run("SELECT id FROM prices WHERE currency = 'EUR' ORDER BY id"))
                    .isEqualTo(List.of(List.of(1), List.of(2), List.of(3)));
            assertThat(engine.value("SELECT count(*) FROM prices WHERE currency IS NULL"))
                    .isEqualTo(2L);
            assertThat(engine.run("SELECT count(currency), min(currency), max(currency) FROM prices"))
                    .isEqualTo(List.of(List.of(4L, "EUR", "USD")));
            engine.run("ANALYZE prices");
            assertThat(engine.run("SHOW STATS FOR prices").get(1).get(2)).isEqualTo(2.0);
        }
        assertThat(engine.run("SELECT id FROM prices FOR VERSION AS OF "
                        + engine.value("SELECT min_by(snapshot_id, committed_at) FROM \"prices$snapshots\"")
                        + " ORDER BY id"))
                .isEqualTo(List.of(List.of(1), List.of(2)));
    }

    @Test
    void changesOfRowsReadAndWriteDefaults() {
        engine.run("CREATE TABLE stock (id integer) WITH (format_version = 3)");
        engine.run("INSERT INTO stock VALUES 1, 2, 3");
        engine.run("ALTER TABLE stock ADD COLUMN state varchar DEFAULT 'new'");
        engine.run("ALTER TABLE stock ADD COLUMN pieces integer DEFAULT 10");
        engine.run("UPDATE stock SET pieces = pieces + 1 WHERE id = 2 AND state = 'new'");
        engine.run("MERGE INTO stock s USING (VALUES (3, 30), (4, 40)) AS n (id, pieces) ON s.id = n.id"
                + " WHEN MATCHED THEN UPDATE SET pieces = n.pieces"
                + " WHEN NOT MATCHED THEN INSERT (id, pieces) VALUES (n.id, n.pieces)");
        engine.run("DELETE FROM stock WHERE pieces = 10");
        assertThat(engine.run("SELECT id, state, pieces FROM stock ORDER BY id"))
                .isEqualTo(List.of(List.of(2, "new", 11), List.of(3, "new", 30), List.of(4, "new", 40)));
    }

    @Test
    void aNotNullColumnMayHaveOneAndATableLikeAnotherHasIts() {
        engine.run("CREATE TABLE strict (id integer, state varchar DEFAULT 'new' NOT NULL) WITH (format_version = 3)");
        engine.run("INSERT INTO strict (id) VALUES 1");
        assertThat(engine.run("SELECT * FROM strict")).isEqualTo(List.of(List.of(1, "new")));
        assertThatThrownBy(() -> engine.run("INSERT INTO strict VALUES (2, NULL)"))
                .hasMessageContaining("NULL value not allowed for NOT NULL column: state");
        engine.run("CREATE TABLE alike (LIKE strict) WITH (format_version = 3)");
        assertThat(field("alike", "state").writeDefault()).isEqualTo("new");
        engine.run("CREATE OR REPLACE TABLE alike (x integer DEFAULT 1, y integer DEFAULT NULL)"
                + " WITH (format_version = 3)");
        assertThat(field("alike", "x").writeDefault()).isEqualTo(1);
        assertThat(field("alike", "y").writeDefault()).isNull();
    }

    @Test
    void whatIsNoDefaultIsRefused() {
        String old = "Default column values are not supported for Iceberg table format version < 3";
        refused("CREATE TABLE refused (x integer DEFAULT 1)", "NOT_SUPPORTED", old);
        refused("CREATE TABLE refused (x integer DEFAULT 1) WITH (format_version = 1)", "NOT_SUPPORTED", old);
        engine.run("CREATE TABLE two (x integer)");
        refused("ALTER TABLE two ADD COLUMN y integer DEFAULT 1", "NOT_SUPPORTED", old);
        refused("ALTER TABLE two ALTER COLUMN x SET DEFAULT 1", "NOT_SUPPORTED", old);
        refused("ALTER TABLE two ALTER COLUMN x DROP DEFAULT", "GENERIC_USER_ERROR", "does not have a default value");
        engine.run("CREATE TABLE three (x integer, t timestamp(9), a array(integer)) WITH (format_version = 3)");
        refused(
                "ALTER TABLE three ALTER COLUMN x SET DEFAULT 'a'",
                "INVALID_DEFAULT_COLUMN_VALUE",
                "''a'' is not a valid INTEGER literal");
        refused("ALTER TABLE three ALTER COLUMN x SET DEFAULT 2147483648", "INVALID_DEFAULT_COLUMN_VALUE", "INTEGER");
        refused("ALTER TABLE three ALTER COLUMN x SET DEFAULT 1 + 1", "SYNTAX_ERROR", "mismatched input");
        refused(
                "ALTER TABLE three ALTER COLUMN x SET DEFAULT BIGINT '1'",
                "INVALID_ARGUMENTS",
                "Invalid integer default value: BIGINT '1'");
        refused(
                "ALTER TABLE three ALTER COLUMN t SET DEFAULT TIMESTAMP '2020-01-01 00:00:00.123456789'",
                "NOT_SUPPORTED",
                "Unsupported default value type: timestamp(9)");
        refused("ALTER TABLE three ALTER COLUMN nosuch SET DEFAULT 1", "COLUMN_NOT_FOUND", "nosuch");
        refused("ALTER TABLE nosuch ALTER COLUMN x SET DEFAULT 1", "TABLE_NOT_FOUND", "nosuch");
        engine.run("ALTER TABLE IF EXISTS nosuch ALTER COLUMN x SET DEFAULT 1");
        assertThat(field("three", "x").writeDefault()).isNull();
    }

    private static void refused(String sql, String code, String message) {
        assertThatThrownBy(() -> engine.run(sql))
                .as(sql)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo(code));
    }
}
