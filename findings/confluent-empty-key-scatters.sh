#!/usr/bin/env bash
# Confluent.Kafka 2.16.0 (librdkafka 2.16.0): records of one key lie in several partitions when that key is the empty string.
#
# Expected: the same key, the same partition: any string is a key, "" as well.
# What happens: the partitioner that is used by default (consistent_random) takes a key of no bytes as none and chooses freely. The record keeps its key:
# it is read back as "" and not as null. The same library's murmur2_random, which does as Java's clients do, keeps "" in one partition.
# For users of Kafka: no order among these records, and a compacted topic keeps one value of this key for each partition it lies in.
# Here: our default places an empty key as Java does; consistent_random, for those who ask for it, does as librdkafka:
# Client.Tests, Producing/Partitioning/KeyPlacementTests.
. "$(dirname "${BASH_SOURCE[0]}")/in-temp.bash"

seen=$(run_confluent 2.16.0 <<'CSHARP'
async Task PlacesAsync(string key, Partitioner? partitioner)
{
    using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = boot, Partitioner = partitioner }).Build();
    var places = new HashSet<int>();
    TopicPartitionOffset last = null;
    // 60 free choices among four partitions do not meet by chance.
    for (var record = 0; record < 60; record++)
    {
        last = (await producer.ProduceAsync("events", new() { Key = key, Value = "v" })).TopicPartitionOffset;
        places.Add(last.Partition);
    }
    using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = boot, GroupId = "reader" }).Build();
    consumer.Assign(last);
    var stored = consumer.Consume(TimeSpan.FromSeconds(30)).Message.Key;
    var (name, shown) = (partitioner?.ToString() ?? "default", stored is null ? "null" : $"'{stored}'");
    Console.WriteLine($"{name}: 60 records, key read back {shown}, in {(places.Count == 1 ? "one partition" : "several partitions")}");
}
await PlacesAsync("a", null);
await PlacesAsync("", null);
await PlacesAsync("", Partitioner.Murmur2Random);
CSHARP
)
expect "librdkafka 2.16.0
default: 60 records, key read back 'a', in one partition
default: 60 records, key read back '', in several partitions
Murmur2Random: 60 records, key read back '', in one partition" "$seen"
