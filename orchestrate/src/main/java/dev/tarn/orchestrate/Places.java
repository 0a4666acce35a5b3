package dev.tarn.orchestrate;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/// Places to work at. Of those that wait the one with the highest priority goes first, then the first in the plan.
final class Places {
    private final ReentrantLock lock = new ReentrantLock();
    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>(
            Comparator.comparingInt((Waiter waiter) -> -waiter.priority).thenComparingInt(waiter -> waiter.position));
    private int free;

    private record Waiter(int priority, int position, CompletableFuture<Boolean> turn) {}

    Places(int places) {
        this.free = places;
    }

    /// Waits for a place, which is to be given back.
    void acquire(int priority, int position) {
        CompletableFuture<Boolean> turn = new CompletableFuture<>();
        lock.lock();
        try {
            if (free > 0 && waiting.isEmpty()) {
                free--;
                return;
            }
            waiting.add(new Waiter(priority, position, turn));
        } finally {
            lock.unlock();
        }
        turn.join();
    }

    /// How many wait for a place.
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    void release() {
        Waiter next;
        lock.lock();
        try {
            next = waiting.poll();
            if (next == null) {
                free++;
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            next.turn.complete(true);
        }
    }
}
