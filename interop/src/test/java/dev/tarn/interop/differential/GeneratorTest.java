package dev.tarn.interop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.trino.sql.parser.SqlParser;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int STATEMENTS = 3000;

    @Test
    void writesStatementsThatParse() {
        SqlParser parser = new SqlParser();
        Set<String> different = new HashSet<>();
        for (long seed = 0; seed < STATEMENTS; seed++) {
            String sql = Generator.statement(seed).sql();
            parser.createStatement(sql);
            different.add(sql);
        }
        assertThat(different).hasSizeGreaterThan(STATEMENTS * 95 / 100);
    }

    @Test
    void theSameSeedGivesTheSameStatement() {
        for (long seed = 0; seed < 100; seed++) {
            assertThat(Generator.statement(seed)).isEqualTo(Generator.statement(seed));
        }
    }

    @Test
    void everySmallerStatementParses() {
        SqlParser parser = new SqlParser();
        for (long seed = 0; seed < 200; seed++) {
            for (Statement smaller : Generator.statement(seed).smaller()) {
                parser.createStatement(smaller.sql());
            }
        }
    }

    @Test
    void shrinksToTheExpressionThatFails() throws Exception {
        Expr culprit = new Expr("bigint", List.of("bad(", ")"), List.of(Expr.leaf("bigint", "t.n")));
        Expr around = new Expr(
                "bigint",
                List.of("(", " + ", ")"),
                List.of(culprit, new Expr("bigint", List.of("abs(", ")"), List.of(culprit))));
        Statement failing = new Statement(
                "",
                List.of(Expr.leaf("varchar", "t.s"), around),
                0,
                "things t",
                Optional.of(Expr.leaf("boolean", "t.flag")),
                " ORDER BY t.id",
                true);

        Statement smallest =
                Shrinker.shrink(failing, candidate -> candidate.sql().contains("bad("));

        assertThat(smallest.sql()).isEqualTo("SELECT bad(t.n) AS c0 FROM things t");
    }
}
