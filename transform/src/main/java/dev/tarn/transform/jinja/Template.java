package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.List;

/// A parsed template.
///
/// @param name the file's name, for errors
public record Template(String name, List<Stmt> body) {
    /// @throws JinjaException with file and line when it is not a template
    public static Template parse(String name, String source) {
        return new Parser(name, Lexer.tokens(name, source)).template();
    }

    /// The macros it defines at its top level, in order.
    public List<Macro> macros() {
        List<Macro> macros = new ArrayList<>();
        for (Stmt stmt : body) {
            if (stmt instanceof Stmt.MacroDef definition) {
                macros.add(definition.macro());
            }
        }
        return macros;
    }
}
