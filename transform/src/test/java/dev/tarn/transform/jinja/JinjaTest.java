package dev.tarn.transform.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expected texts were made with Jinja2 itself, except where dbt's functions or undefined names are used.
class JinjaTest {
    @ParameterizedTest
    @CsvSource(delimiter = '¦', quoteCharacter = '§', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 2 ** 10 }}  ¦ 3 -4 -2 3.5 1024
            {{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ 'a' ~ 1 ~ none }}         ¦ 3 9 a1None
            {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ not 1 in [1] }}                 ¦ True False False
            {{ [1, 'a', 2.0, none, true] }}                                     ¦ [1, 'a', 2.0, None, True]
            {{ {'a': {'b': (1,)}} }} {{ () }} {{ (1, 2) }}                      ¦ {'a': {'b': (1,)}} () (1, 2)
            {{ "it's" }} {{ ["it's"] }} {{ ['a"b'] }}                           ¦ it's ["it's"] ['a"b']
            {{ 1e3 }} {{ 1e16 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1e22 }}          ¦ 1000.0 1e+16 0.0001 1e-05 1e+22
            {{ 'x' if false else 'y' }}{{ 'x' if false }}                       ¦ y
            {{ 'abcdef'[1:3] }} {{ 'abc'[-1] }} {{ [1,2,3][::-1] }}             ¦ bc c [3, 2, 1]
            {{ 'a,b,c'.split(',', 1) }} {{ ' x '.strip() }}|{{ 'a b'.title() }} ¦ ['a', 'b,c'] x|A B
            {{ '%s-%03d-%.2f' % ('a', 7, 1.5) }} {{ '%s%%' % 5 }}               ¦ a-007-1.50 5%
            {{ '{0} {1} {x:>5}|{y:.1f}'.format(1, 2, x='a', y=2.25) }}           ¦ 1 2     a|2.2
            {{ [3,1,2]|sort|join(',') }} {{ [1,2,3]|sum }} {{ []|first }}       ¦ 1,2,3 6
            {{ ['a','B']|map('upper')|list }} {{ [0,1]|select|list }}           ¦ ['A', 'B'] [1]
            {{ [{'a':1},{'a':2}]|map(attribute='a')|list }}                     ¦ [1, 2]
            {{ [{'a':1},{'a':2}]|selectattr('a','gt',1)|list }}                 ¦ [{'a': 2}]
            {{ {'b':1,'a':2}|dictsort }} {{ {'a':1}.items()|list }}             ¦ [('a', 2), ('b', 1)] [('a', 1)]
            {{ missing|default('d') }} {{ ''|d('e', true) }} {{ none is none }} ¦ d e True
            {{ 4 is divisibleby 2 }} {{ 3 is odd and 2 is even }}               ¦ True True
            {{ 'a' is string }} {{ x is not defined }} {{ 1 is number }}        ¦ True True True
            {{ -3|abs }} {{ 2.5|round }} {{ 2.567|round(2) }} {{ '3'|int + 1 }} ¦ 3 2.0 2.57 4
            {{ {'a': 1, 'b': [1, 2]}|tojson }}                                  ¦ {"a": 1, "b": [1, 2]}
            {% for k, v in {'a': 1}.items() %}{{ k }}={{ v }}{% endfor %}       ¦ a=1
            {% for i in range(3) %}{{ loop.index }}{{ ',' if not loop.last }}{% endfor %} ¦ 1,2,3
            {% for i in [] %}x{% else %}none{% endfor %}                        ¦ none
            {% for i in [1,2,3,4] if i is even %}{{ i }}{% endfor %}            ¦ 24
            {% for i in [1,2,3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %} ¦ 13
            {% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }} ¦ 1
            {% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}       ¦ 2
            {% set ns = namespace(a=1) %}{% for i in [1] %}{% set ns.a = 2 %}{% endfor %}{{ ns.a }} ¦ 2
            {% set x %}a{{ 1 }}{% endset %}{{ x }} {% set a, b = 1, 2 %}{{ a + b }} ¦ a1 3
            {% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 3, 4, z=5) }} ¦ 13(4,){'z': 5}
            {% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}{{ x }}!{% endcall %} ¦ <1!>
            {% filter upper %}a{{ 'b' }}{% endfilter %}                         ¦ AB
            {% raw %}{{ x }}{% endraw %}{# comment #}                           ¦ {{ x }}
            {%- set l = [] -%} {%- do l.append(1) -%} {{- l -}}                 ¦ [1]
            {{ {'items': 1}['items'] }} {{ {'x': 1}.x }}                        ¦ 1 1
            {{ 'a' 'b' }} {{ 'a\\nb'|length }} {{ '\\d' }}                      ¦ ab 3 \\d
            {{ [1,2,3,4,5]|batch(2)|list }} {{ ['a','b','a']|unique|list }}     ¦ [[1, 2], [3, 4], [5]] ['a', 'b']
            {{ 10 in [1, 10] and 'b' in 'abc' and 'k' in {'k': 1} }}            ¦ True
            {{ 'x'|indent(2, true) }}|{{ 'hello world'|replace('o', '0', 1) }}  ¦ x|hell0 world
            {% with a=1 %}{{ a }}{% endwith %}{{ a }}                           ¦ 1
            {{ 1000000000000 * 1000000000000 }}                                 ¦ 1000000000000000000000000
            """)
    void rendersAsJinjaDoes(String template, @Nullable String expected) {
        assertThat(render(template).strip()).isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void whitespaceControlAndTheLastNewline() {
        assertThat(render("a\n{%- if true %}\n  b\n{%- endif %}\nc\n")).isEqualTo("a\n  b\nc");
        assertThat(render("a {{- 1 -}}  b")).isEqualTo("a1b");
    }

    @Test
    void returnGivesTheValueItself() {
        assertThat(render("{% macro m() %}text{{ return([1, 2]) }}{% endmacro %}{{ m()[1] + 1 }}"))
                .isEqualTo("3");
    }

    @Test
    void anUndefinedNameIsEmptyButCannotBeCalled() {
        assertThat(render("[{{ nothing.at.all }}]{% for x in nothing %}x{% endfor %}"))
                .isEqualTo("[]");
        assertThatThrownBy(() -> render("\n\n{{ nothere() }}"))
                .isInstanceOf(JinjaException.class)
                .satisfies(e -> assertThat(((JinjaException) e).toTarn().getMessage())
                        .startsWith("t.sql:3: 'nothere' is undefined"));
        assertThatThrownBy(() -> render("{{ rang(3) }}")).hasMessageContaining("did you mean 'range'?");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '¦', textBlock = """
            a\\n{{ 1 + }}             ¦ t.sql:2: expected an expression, found '}}'
            {% if x %}\\nb            ¦ t.sql:1: this 'if' block is never closed: '{% endif %}' is missing
            {% fro x in y %}{% endfor %} ¦ t.sql:1: 'fro' does not start a block; did you mean 'for'?
            {{ 'a' + 1 }}             ¦ t.sql:1: '+' does not take str and int
            {{ 1|uper }}              ¦ t.sql:1: there is no filter 'uper'; did you mean 'upper'?
            {{ 1 / 0 }}               ¦ t.sql:1: division by zero
            \\n{{ x                   ¦ t.sql:2: '{{' is never closed: '}}' is missing
            """)
    void errorsNameFileAndLine(String template, String message) {
        assertThatThrownBy(() -> render(template.replace("\\n", "\n")))
                .isInstanceOfSatisfying(
                        JinjaException.class,
                        e -> assertThat(e.toTarn().getMessage()).isEqualTo(message));
    }

    @Test
    void aMacroThatCallsItselfForeverIsStopped() {
        assertThatThrownBy(() -> render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"))
                .hasMessageContaining("does it call itself without an end?");
    }

    private static String render(String template) {
        Map<String, @Nullable Object> functions = new LinkedHashMap<>(Builtins.functions());
        return new Interpreter(new Globals() {
                    @Override
                    public @Nullable Object get(String name) {
                        return functions.containsKey(name) ? functions.get(name) : new Undefined(name);
                    }

                    @Override
                    public Collection<String> names() {
                        return List.copyOf(functions.keySet());
                    }
                })
                .render(Template.parse("t.sql", template));
    }
}
