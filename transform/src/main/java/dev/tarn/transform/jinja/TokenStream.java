package dev.tarn.transform.jinja;

import dev.tarn.transform.jinja.Token.Kind;
import java.util.List;

/// The parser's place in the tokens of a template.
final class TokenStream {
    private final String template;
    private final List<Token> tokens;
    private int position;

    TokenStream(String template, List<Token> tokens) {
        this.template = template;
        this.tokens = tokens;
    }

    String template() {
        return template;
    }

    Token peek() {
        return tokens.get(position);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(position + ahead, tokens.size() - 1));
    }

    int line() {
        return peek().line();
    }

    Token next() {
        Token token = peek();
        if (position < tokens.size() - 1) {
            position++;
        }
        return token;
    }

    boolean at(Kind kind) {
        return peek().kind() == kind;
    }

    boolean atOperator(String operator) {
        return peek().is(Kind.OPERATOR, operator);
    }

    boolean atName(String name) {
        return peek().is(Kind.NAME, name);
    }

    boolean skipOperator(String operator) {
        boolean there = atOperator(operator);
        if (there) {
            next();
        }
        return there;
    }

    boolean skipName(String name) {
        boolean there = atName(name);
        if (there) {
            next();
        }
        return there;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    String name() {
        return expect(Kind.NAME, "a name").text();
    }

    Token expect(Kind kind, String expected) {
        if (!at(kind)) {
            throw unexpected(expected);
        }
        return next();
    }

    JinjaException unexpected(String expected) {
        return error("expected " + expected + ", found " + peek().describe());
    }

    JinjaException error(String message) {
        return new JinjaException(message).at(template, line());
    }
}
