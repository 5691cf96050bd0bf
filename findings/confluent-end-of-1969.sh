#!/usr/bin/env bash
# Confluent.Kafka 2.16.0 (librdkafka 2.16.0): asked for the first record since the last millisecond of 1969, OffsetsForTimes answers with the end of the log.
#
# Expected: all five records are of 2020, so each time of 1969 leads to the first one, or is refused.
# What happens: the time goes out as it is, and -1 ms is the protocol's number for "the end", -2 ms the one for "the beginning". A reader that starts
# at the answer for -1 ms skips every record, without an error. Apache Kafka 4.4.0 gives the same two answers; from -4 ms on this call to it fails with
# "API version not supported". (The mock cluster used here cannot search by time, so no other times are asked.)
# For users of Kafka: "one millisecond before" a time that is 0 for "since ever" reads nothing.
# Here: the command line takes a time before 1970 as the beginning (docs/command-line.md; Cli.Tests, Consume/StartPositionTests), the client refuses it
# (Client.Tests, Consuming/ConsumerPositionTests and Administration/OffsetSpecTests).
. "$(dirname "${BASH_SOURCE[0]}")/in-temp.bash"

seen=$(run_confluent 2.16.0 <<'CSHARP'
var partition = new TopicPartition("events", 0);
using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = boot }).Build();
for (var record = 0; record < 5; record++)
    await producer.ProduceAsync(partition, new() { Value = "v", Timestamp = new Timestamp(new DateTimeOffset(2020, 1, 1, 0, 0, record, TimeSpan.Zero)) });
using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = boot, GroupId = "reader" }).Build();
foreach (var before in new[] { 1, 2 })
{
    var time = new Timestamp(DateTimeOffset.UnixEpoch.AddMilliseconds(-before));
    var found = consumer.OffsetsForTimes([new TopicPartitionTimestamp(partition, time)], TimeSpan.FromSeconds(30))[0];
    Console.WriteLine($"first record since {time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}: offset {found.Offset} of 5 records");
}
CSHARP
)
expect 'librdkafka 2.16.0
first record since 1969-12-31T23:59:59.999Z: offset 5 of 5 records
first record since 1969-12-31T23:59:59.998Z: offset 0 of 5 records' "$seen"
