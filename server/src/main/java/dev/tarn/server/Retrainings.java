package dev.tarn.server;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.model.training.Training;
import dev.tarn.model.training.TrainingFile;
import dev.tarn.model.training.TrainingLease;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import dev.tarn.orchestrate.queue.Work;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks for trainings as `retrain` in `training/*.yml` says: on a schedule, for new rows, drift or worse results. The
/// reason is a tag of every run; a model that passes the gate takes the alias at once.
final class Retrainings {
    private static final Logger log = LoggerFactory.getLogger(Retrainings.class);
    private static final Duration ROUND = Duration.ofSeconds(15);
    private static final String USER = "retraining";

    private static final int FAILURES = 100;

    private final Lakehouse lakehouse;
    private final RunQueue queue;
    private final List<TrainingFile> watched;
    private final Training trainer;
    private final TrainingLease lease;
    private final Clock clock;
    private final Instant began;
    private final Map<String, Instant> looked = new HashMap<>();
    private Instant asked = Instant.EPOCH;

    /// @param queue takes what is due
    /// @param clock says when something is due
    Retrainings(Lakehouse lakehouse, RunQueue queue, Clock clock) {
        this.queue = queue;
        this.lakehouse = lakehouse;
        this.watched = Models.trainings(lakehouse.project()).stream()
                .filter(training -> training.triggers().any())
                .toList();
        this.trainer = Models.open(lakehouse).training(lakehouse.lake(), "main");
        this.lease = new TrainingLease(lakehouse.lake().database(), Duration.ZERO);
        this.clock = clock;
        this.began = clock.instant();
    }

    /// Whether some time has passed since it was last looked what is due.
    boolean isTime() {
        return !watched.isEmpty() && !clock.instant().isBefore(asked.plus(ROUND));
    }

    /// Asks for what is due now.
    ///
    /// @return the reasons by training
    Map<String, String> ask() {
        asked = clock.instant();
        Map<String, String> reasons = new HashMap<>();
        for (TrainingFile training : watched) {
            try {
                if (!lease.isHeld(training.name()) && mayAsk(training)) {
                    due(training).ifPresent(reason -> {
                        queue.ask(request(training, reason));
                        reasons.put(training.name(), reason);
                    });
                }
            } catch (TarnException e) {
                log.error("the training {} cannot be looked after: {}", training.name(), e.describe());
            } catch (RuntimeException e) {
                log.error("the training {} cannot be looked after", training.name(), e);
            }
        }
        return reasons;
    }

    private List<Kept> requests(TrainingFile training) {
        return queue.ofLane(new Work.Training(training.name()).lane(""), FAILURES);
    }

    /// Whether none is under way, and none has failed just now.
    private boolean mayAsk(TrainingFile training) {
        return requests(training).stream()
                .findFirst()
                .map(last -> last.state().isOver()
                        && (last.state() != State.FAILED
                                || last.endedAt()
                                        .orElse(last.askedAt())
                                        .plus(training.triggers().check())
                                        .isBefore(clock.instant())))
                .orElse(true);
    }

    /// Of several processes that see the same, one asks: the key says after which training, and after how many
    /// failures.
    private RunRequest request(TrainingFile training, String reason) {
        Instant now = clock.instant();
        long failures = requests(training).stream()
                .takeWhile(kept -> kept.state() == State.FAILED)
                .count();
        String key = "training/" + training.name() + "/after/"
                + trainer.lastTrained(training.name()).map(Instant::toString).orElse("none") + "/" + failures;
        return new RunRequest(
                key,
                new Work.Training(training.name()),
                Branches.MAIN,
                0,
                new RunCause(Optional.of(key), Optional.empty(), reason, Optional.empty(), Optional.of(now)),
                Optional.empty(),
                USER,
                0,
                Duration.ofMinutes(1),
                Optional.empty(),
                now);
    }

    private Optional<String> due(TrainingFile training) {
        Instant now = clock.instant();
        Instant last = trainer.lastTrained(training.name()).orElse(began);
        Optional<String> scheduled = training.triggers().due(last, now);
        if (scheduled.isPresent()) {
            return scheduled;
        }
        Instant before = looked.get(training.name());
        if (before != null && now.isBefore(before.plus(training.triggers().check()))) {
            return Optional.empty();
        }
        looked.put(training.name(), now);
        OfflineFeatures features = Models.offline(lakehouse, "main");
        return training.triggers().due(() -> trainer.checkup(training, features));
    }

    /// Trains.
    ///
    /// @throws TarnException `NOT_FOUND` when the project has no such training any more
    void train(String name, String reason) {
        TrainingFile training = Models.training(lakehouse.project(), name);
        log.info("training {} again: {}", training.name(), reason);
        Training.Result result = trainer.train(
                Models.request(lakehouse, training, "main", Identity.local(USER).user(), reason));
        lakehouse.lake().database().writing(handle -> result.promote().accept(handle));
        List<String> failed = new ArrayList<>();
        result.gate().checks().stream()
                .filter(check -> !check.passed())
                .forEach(check -> failed.add(check.what() + ": " + check.said()));
        log.info(
                "trained {} again: {}, run {}; {}",
                training.name(),
                result.best().candidate(),
                result.best().runId(),
                failed.isEmpty()
                        ? training.model() + "@" + training.alias() + " is now this model"
                        : "the current model stays: " + String.join("; ", failed));
    }
}
