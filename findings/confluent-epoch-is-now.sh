#!/usr/bin/env bash
# Confluent.Kafka 2.16.0 (librdkafka 2.16.0): a record of 1970-01-01T00:00:00Z is stored with today's date.
#
# Expected: a record that is given a CreateTime of 0 ms since 1970 has it, as one that is given 1 ms has.
# What happens: 0 is the library's word for "no time given", so the producer's clock is asked. No error.
# For users of Kafka: data that is copied with "time unknown = 0" becomes the newest of its topic: searches by time and retention see it as of today.
# Here: a time that was not given is a state of its own (src/Client/Timestamp.cs), so 0 stays 0: Client.Tests, Producing/Sending/ProducerTests.
. "$(dirname "${BASH_SOURCE[0]}")/in-temp.bash"

seen=$(run_confluent 2.16.0 <<'CSHARP'
using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = boot }).Build();
using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = boot, GroupId = "reader" }).Build();
var began = DateTime.UtcNow.AddMinutes(-1);
string Told(Timestamp time) => time.UtcDateTime > began ? "the time of the call" : $"{time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
foreach (var given in new long[] { 0, 1 })
{
    var time = new Timestamp(given, TimestampType.CreateTime);
    var report = await producer.ProduceAsync(new TopicPartition("events", 0), new() { Value = "v", Timestamp = time });
    consumer.Assign(report.TopicPartitionOffset);
    var stored = consumer.Consume(TimeSpan.FromSeconds(30)).Message.Timestamp;
    Console.WriteLine($"given {given} ms: stored {stored.Type} {Told(stored)}");
}
CSHARP
)
expect 'librdkafka 2.16.0
given 0 ms: stored CreateTime the time of the call
given 1 ms: stored CreateTime 1970-01-01T00:00:00.001Z' "$seen"
