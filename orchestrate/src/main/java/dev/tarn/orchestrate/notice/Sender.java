package dev.tarn.orchestrate.notice;

import dev.tarn.orchestrate.notice.NoticeSettings.Channel;
import dev.tarn.orchestrate.notice.NoticeSettings.Mail;
import dev.tarn.orchestrate.notice.NoticeSettings.Tls;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// Sends notices.
final class Sender {
    private static final Duration WAIT_MAX = Duration.ofSeconds(20);

    private Sender() {}

    /// Sends one and returns when it was accepted.
    ///
    /// @throws IOException why it was not
    static void send(Notice notice, Channel channel, Optional<Mail> mail) throws IOException, InterruptedException {
        switch (channel) {
            case Channel.Webhook webhook -> post(webhook.url(), notice.json());
            case Channel.Slack slack -> post(slack.url(), notice.slack());
            case Channel.Email email ->
                mail(notice, email.to(), mail.orElseThrow(() -> new IOException("runs.yml has no 'mail' any more")));
        }
    }

    private static void post(URI url, String json) throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(WAIT_MAX).build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(url)
                            .timeout(WAIT_MAX)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(json))
                            .build(),
                    BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                // The address is a secret with many services: only its host is named.
                throw new IOException(url.getHost() + " answered " + response.statusCode());
            }
        }
    }

    private static void mail(Notice notice, List<String> to, Mail mail) throws IOException {
        String protocol = mail.tls() == Tls.TLS ? "smtps" : "smtp";
        String wait = Long.toString(WAIT_MAX.toMillis());
        Properties properties = new Properties();
        for (String limit : List.of("connectiontimeout", "timeout", "writetimeout")) {
            properties.setProperty("mail." + protocol + "." + limit, wait);
        }
        properties.setProperty("mail.smtp.starttls.required", Boolean.toString(mail.tls() == Tls.STARTTLS));
        properties.setProperty("mail.smtp.starttls.enable", Boolean.toString(mail.tls() == Tls.STARTTLS));
        properties.setProperty("mail." + protocol + ".ssl.checkserveridentity", "true");
        properties.setProperty(
                "mail." + protocol + ".auth", Boolean.toString(!mail.user().isEmpty()));
        Session session = Session.getInstance(properties);
        try (Transport transport = session.getTransport(protocol)) {
            MimeMessage message = new MimeMessage(session);
            message.setFrom(new InternetAddress(mail.from()));
            for (String each : to) {
                message.addRecipient(Message.RecipientType.TO, new InternetAddress(each));
            }
            message.setSubject(notice.subject(), StandardCharsets.UTF_8.name());
            message.setText(notice.text(), StandardCharsets.UTF_8.name());
            message.setSentDate(Date.from(notice.at()));
            message.saveChanges();
            if (mail.user().isEmpty()) {
                transport.connect(mail.host(), mail.port(), null, null);
            } else {
                transport.connect(mail.host(), mail.port(), mail.user(), mail.password());
            }
            transport.sendMessage(message, message.getAllRecipients());
        } catch (MessagingException e) {
            throw new IOException("the mail server " + mail.host() + " did not take it: " + e.getMessage(), e);
        }
    }
}
