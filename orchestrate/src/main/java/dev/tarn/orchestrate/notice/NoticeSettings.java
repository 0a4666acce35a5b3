package dev.tarn.orchestrate.notice;

import dev.tarn.core.config.Section;
import dev.tarn.core.error.TarnException;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Who is told what: `notify` and `mail` of `runs.yml`.
///
/// @param publicUrl where people reach the server, for links; empty for none
public record NoticeSettings(List<Rule> rules, Optional<Mail> mail, String publicUrl) {
    /// Nobody is told anything.
    public static final NoticeSettings NONE = new NoticeSettings(List.of(), Optional.empty(), "");

    /// @param schedules which; empty for all runs
    public record Rule(Set<Notice.Kind> on, List<String> schedules, Channel channel) {
        boolean isAbout(Notice notice) {
            return on.contains(notice.kind())
                    && (schedules.isEmpty()
                            || notice.schedule().filter(schedules::contains).isPresent());
        }
    }

    /// Where a notice goes.
    public sealed interface Channel {
        /// JSON of our own, posted.
        record Webhook(URI url) implements Channel {}

        /// Slack's JSON, posted.
        record Slack(URI url) implements Channel {}

        /// A letter.
        record Email(List<String> to) implements Channel {}
    }

    /// How mail is handed over.
    ///
    /// @param user empty for none
    public record Mail(String host, int port, String from, String user, String password, Tls tls) {}

    /// How the connection to the mail server is made safe.
    public enum Tls {
        /// Asked for in the connection, and required.
        STARTTLS,
        /// From the first byte.
        TLS,
        /// Not at all: for a server on this machine.
        NONE
    }

    /// Reads both from a section.
    ///
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static NoticeSettings read(Section section) {
        Optional<Mail> mail = section.optionalSection("mail").map(NoticeSettings::mail);
        List<Rule> rules = new ArrayList<>();
        for (Section each : section.sections("notify")) {
            Rule rule = rule(each);
            if (rule.channel() instanceof Channel.Email && mail.isEmpty()) {
                throw each.error("email", "write 'mail: {host: …, from: …}' beside 'notify'");
            }
            rules.add(rule);
        }
        return new NoticeSettings(rules, mail, section.string("public-url", "").replaceAll("/+$", ""));
    }

    private static Rule rule(Section section) {
        Set<Notice.Kind> on = EnumSet.noneOf(Notice.Kind.class);
        for (String word : section.strings("on")) {
            try {
                on.add(Notice.Kind.valueOf(word.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw section.error("on", "expected failed, recovered or succeeded, not '" + word + "'");
            }
        }
        List<Channel> channels = new ArrayList<>();
        section.optionalString("webhook")
                .ifPresent(url -> channels.add(new Channel.Webhook(uri(section, "webhook", url))));
        section.optionalString("slack").ifPresent(url -> channels.add(new Channel.Slack(uri(section, "slack", url))));
        List<String> to = section.strings("email");
        if (!to.isEmpty()) {
            channels.add(new Channel.Email(to));
        }
        if (channels.size() != 1) {
            throw section.error("expected one of webhook, slack, email");
        }
        Rule rule = new Rule(
                on.isEmpty() ? EnumSet.of(Notice.Kind.FAILED, Notice.Kind.RECOVERED) : on,
                section.strings("schedules"),
                channels.getFirst());
        section.end();
        return rule;
    }

    private static URI uri(Section section, String key, String text) {
        if (!text.matches("https?://.+")) {
            throw section.error(key, "expected an address that starts with https:// or http://");
        }
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw section.error(key, "this is no address: " + e.getMessage());
        }
    }

    private static Mail mail(Section section) {
        Tls tls = section.optionalEnum("tls", Tls.class).orElse(Tls.STARTTLS);
        Mail mail = new Mail(
                section.string("host"),
                section.integer("port", tls == Tls.TLS ? 465 : tls == Tls.STARTTLS ? 587 : 25, 1, 65_535),
                section.string("from"),
                section.string("user", ""),
                section.string("password", ""),
                tls);
        section.end();
        return mail;
    }
}
