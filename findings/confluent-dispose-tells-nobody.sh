#!/usr/bin/env bash
# Confluent.Kafka 2.16.0 (librdkafka 2.16.0): a producer that is disposed of without Flush drops what it accepted, and not one delivery handler hears of it.
#
# Expected: Dispose delivers what is under way, as close() of Java's producer does; or each handler is called with an error, as each call of Produce has one.
# What happens: Dispose returns at once. Nothing is sent, no delivery handler runs, the log handler and the error handler stay silent, nothing is thrown.
# For users of Kafka: a `using` around a producer reads as if it closed cleanly, and counting the reports that came with an error counts no loss.
# Flush before Dispose (the second line) is what the library wants.
# Here: Dispose delivers, waits for the handlers, and says how many records were given up: docs/client.md "Flush and dispose";
# Client.Tests, Producing/Sending/ClosingTests.
. "$(dirname "${BASH_SOURCE[0]}")/in-temp.bash"

seen=$(run_confluent 2.16.0 <<'CSHARP'
void Run(string topic, bool flushes)
{
    var (handled, told) = (0, 0);
    // The linger makes sure that none has been sent when Dispose is called, however slow the machine.
    using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = boot, LingerMs = 60_000 })
        .SetLogHandler((_, _) => Interlocked.Increment(ref told)).SetErrorHandler((_, _) => Interlocked.Increment(ref told)).Build())
    {
        for (var record = 0; record < 1000; record++)
            producer.Produce(new TopicPartition(topic, 0), new() { Value = "v" }, _ => Interlocked.Increment(ref handled));
        if (flushes) producer.Flush(TimeSpan.FromSeconds(30));
    }
    using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = boot, GroupId = "reader" }).Build();
    var stored = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), TimeSpan.FromSeconds(30)).High;
    var way = flushes ? "Flush and Dispose" : "Dispose";
    Console.WriteLine($"{way}: 1000 records accepted, {stored} stored, {handled} delivery handlers called, {told} errors or log lines");
}
Run("disposed", flushes: false);
Run("flushed", flushes: true);
CSHARP
)
expect 'librdkafka 2.16.0
Dispose: 1000 records accepted, 0 stored, 0 delivery handlers called, 0 errors or log lines
Flush and Dispose: 1000 records accepted, 1000 stored, 1000 delivery handlers called, 0 errors or log lines' "$seen"
