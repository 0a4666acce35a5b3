package dev.tarn.server;

import dev.tarn.core.http.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// A page for a person with a browser: the frame that all of them share. It runs no script and loads nothing.
final class Page {
    private static final String STYLE = """
            :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 14%, transparent);
              --soft: color-mix(in srgb, currentColor 60%, transparent);
              --good: #2e9e5b; --bad: #d64545; --busy: #3b82d6; --rest: #9aa3ad }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 78rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem }
            header { display: flex; gap: 1.25rem; align-items: baseline; border-bottom: 1px solid var(--line);
              padding-bottom: .6rem; margin-bottom: 1.2rem }
            header b { font-size: 1.15rem } a { color: inherit } header a { color: var(--soft); text-decoration: none }
            h1 { font-size: 1.45rem; margin: .2rem 0 .6rem } h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem }
            table { border-collapse: collapse; width: 100% } th { font-weight: 500; color: var(--soft); font-size: .82rem }
            td, th { text-align: left; padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--line);
              vertical-align: middle } td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
            .pill { display: inline-block; border-radius: 99px; padding: .05rem .6rem; font-size: .78rem; font-weight: 600;
              color: #fff; background: var(--rest) }
            .published, .done { background: var(--good) } .failed, .lost { background: var(--bad) }
            .running, .queued { background: var(--busy) } .soft { color: var(--soft) }
            .cards { display: flex; gap: .8rem; flex-wrap: wrap; margin: .8rem 0 }
            .card { border: 1px solid var(--line); border-radius: .6rem; padding: .55rem .95rem; min-width: 7rem }
            .card b { display: block; font-size: 1.25rem }
            .names { columns: 16rem; margin: 0; padding: 0; list-style: none }
            .bar { position: relative; height: .8rem; min-width: 16rem; border-radius: 3px;
              background: color-mix(in srgb, currentColor 5%, transparent) }
            .bar i { position: absolute; top: 0; bottom: 0; border-radius: 3px; background: var(--rest) }
            .bar i.done { background: var(--good) } .bar i.failed { background: var(--bad) }
            pre { overflow-x: auto; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .5rem;
              font-size: .82rem; white-space: pre-wrap }
            form { display: flex; gap: .6rem; flex-wrap: wrap; margin-bottom: .8rem }
            input, select, button { font: inherit; padding: .25rem .6rem; border: 1px solid var(--line);
              border-radius: .4rem; background: transparent; color: inherit }
            .error, .broken { color: var(--bad) } .passed { color: var(--good) } .wide { overflow-x: auto }
            """;

    private Page() {}

    /// @param title as text
    /// @param body as HTML: whoever made it has escaped what is not its own
    static Response of(String project, String title, String body) {
        String html = """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s · %2$s</title>
                <style>%3$s</style>
                <header><b>%2$s</b><a href="/">home</a><a href="/runs">runs</a><a href="/contracts">contracts</a></header>
                %4$s
                </html>
                """.formatted(escape(title), escape(project), STYLE, body);
        return new Response(
                200,
                Map.of(
                        "Content-Type", List.of("text/html; charset=utf-8"),
                        "Content-Security-Policy",
                                List.of("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")),
                out -> out.write(html.getBytes(StandardCharsets.UTF_8)));
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
