package dev.tarn.interop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.interop.differential.Answer.Column;
import dev.tarn.interop.differential.Comparison.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void rowsWithoutAnOrderAreEqualInAnyOrder() throws Exception {
        Answer one = rows("bigint;varchar", "[[1,\"a\"],[2,null],[2,null]]");
        Answer other = rows("bigint;varchar", "[[2,null],[1,\"a\"],[2,null]]");

        assertThat(Comparison.compare(one, other, false)).isEqualTo(new Outcome.Same(false));
        assertThat(Comparison.compare(one, other, true)).isInstanceOf(Outcome.Different.class);
    }

    @Test
    void nullsAmongFloatingValuesKeepTheirColumn() throws Exception {
        Answer one = rows("double;double", "[[null,1.5],[1.5,null]]");
        Answer other = rows("double;double", "[[1.5,null],[null,1.5]]");

        assertThat(Comparison.compare(one, other, false)).isEqualTo(new Outcome.Same(false));
    }

    @Test
    void aDefectOfTrinosIsNoReference() throws Exception {
        assertThat(Comparison.compare(
                        new Answer.Failure("GENERIC_INTERNAL_ERROR", "oops"), rows("bigint", "[[1]]"), false))
                .isEqualTo(new Outcome.NoReference("oops"));
    }

    @Test
    void aDuplicateRowCounts() throws Exception {
        assertThat(Comparison.compare(rows("bigint", "[[1],[1],[2]]"), rows("bigint", "[[1],[2],[2]]"), false))
                .isInstanceOf(Outcome.Different.class);
    }

    @Test
    void typesAndNamesCount() throws Exception {
        assertThat(Comparison.compare(rows("bigint", "[[1]]"), rows("integer", "[[1]]"), false))
                .isInstanceOf(Outcome.Different.class);
        assertThat(Comparison.compare(
                        new Answer.Rows(List.of(new Column("a", "bigint")), List.of(), null, null),
                        new Answer.Rows(List.of(new Column("b", "bigint")), List.of(), null, null),
                        false))
                .isInstanceOf(Outcome.Different.class);
    }

    @Test
    void doublesAreEqualWithinTheBoundAlsoInsideArraysAndOnlyThere() throws Exception {
        assertThat(Comparison.compare(rows("double", "[[1.0]]"), rows("double", "[[1.0000000000001]]"), false))
                .isEqualTo(new Outcome.Same(false));
        assertThat(Comparison.compare(rows("double", "[[1.0]]"), rows("double", "[[1.00001]]"), false))
                .isInstanceOf(Outcome.Different.class);
        assertThat(Comparison.compare(
                        rows("array(double)", "[[[1.0,\"NaN\"]]]"),
                        rows("array(double)", "[[[1.0000000000001,\"NaN\"]]]"),
                        false))
                .isEqualTo(new Outcome.Same(false));
        assertThat(Comparison.compare(rows("decimal(3,1)", "[[\"1.0\"]]"), rows("decimal(3,1)", "[[\"1.00\"]]"), false))
                .isInstanceOf(Outcome.Different.class);
        assertThat(Comparison.compare(rows("double", "[[\"NaN\"]]"), rows("double", "[[1.0]]"), false))
                .isInstanceOf(Outcome.Different.class);
    }

    @Test
    void errorsAreTheSameByName() throws Exception {
        Answer failure = new Answer.Failure("DIVISION_BY_ZERO", "Division by zero");

        assertThat(Comparison.compare(failure, new Answer.Failure("DIVISION_BY_ZERO", "/ 0"), false))
                .isEqualTo(new Outcome.Same(true));
        assertThat(Comparison.compare(failure, new Answer.Failure("GENERIC_INTERNAL_ERROR", ""), false))
                .isInstanceOf(Outcome.Different.class);
        assertThat(Comparison.compare(failure, rows("bigint", "[[1]]"), false)).isInstanceOf(Outcome.Different.class);
        assertThat(Comparison.compare(rows("bigint", "[[1]]"), new Answer.Failure("NOT_SUPPORTED", "no"), false))
                .isEqualTo(new Outcome.Refused("no"));
    }

    private static Answer rows(String types, String json) throws Exception {
        List<Column> columns = new ArrayList<>();
        for (String type : types.split(";", -1)) {
            columns.add(new Column("c" + columns.size(), type));
        }
        List<List<JsonNode>> rows = new ArrayList<>();
        JSON.readTree(json).forEach(row -> rows.add(row.valueStream().toList()));
        return new Answer.Rows(columns, rows, null, null);
    }
}
