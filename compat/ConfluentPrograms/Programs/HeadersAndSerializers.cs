using System.Text;

namespace ConfluentPrograms;

/// <summary>Types of one's own, headers, tombstones, and a record that cannot be read.</summary>
public static class HeadersAndSerializers
{
    sealed record Money(string Currency, decimal Amount);

    sealed class MoneySerializer : ISerializer<Money>, IDeserializer<Money>
    {
        public byte[] Serialize(Money data, SerializationContext context)
        {
            context.Headers.Add("currency", Encoding.UTF8.GetBytes(data?.Currency ?? "none"));
            return data is null ? null : Encoding.UTF8.GetBytes($"{data.Currency} {data.Amount}");
        }

        public Money Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
        {
            if (isNull) return null;
            var parts = Encoding.UTF8.GetString(data).Split(' ');
            return new Money(parts[0], decimal.Parse(parts[1]));
        }
    }

    public static IEnumerable<string> Run(string servers, string name)
    {
        var topic = Setup.Topic(servers, name, 1);
        var seen = new List<string>();
        using (var producer = new ProducerBuilder<int, Money>(new ProducerConfig { BootstrapServers = servers }).SetValueSerializer(new MoneySerializer()).Build())
        {
            producer.Produce(topic, new Message<int, Money> { Key = 1, Value = new Money("EUR", 12.5m), Headers = new Headers { { "trace", [1, 2, 3] },
                { "empty", null }, { "trace", [4] } } });
            producer.Produce(topic, new Message<int, Money> { Key = 2, Value = null });
            producer.Flush(Setup.Patience);
        }
        using (var producer = new ProducerBuilder<int, string>(new ProducerConfig { BootstrapServers = servers }).Build())
        {
            producer.Produce(topic, new Message<int, string> { Key = 3, Value = "broken" });
            producer.Produce(topic, new Message<int, string> { Key = 4, Value = "USD 3" });
            producer.Flush(Setup.Patience);
        }
        using var consumer = new ConsumerBuilder<int, Money>(Setup.Reading(servers, topic + "-group")).SetValueDeserializer(new MoneySerializer()).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        while (seen.Count < 4)
            try
            {
                var record = Setup.Next(consumer);
                var headers = record.Message.Headers.Select(header =>
                    $"{header.Key}={(header.GetValueBytes() is { } bytes ? Convert.ToHexString(bytes) : "null")}");
                seen.Add($"{record.Message.Key}: {record.Message.Value?.ToString() ?? "null"} [{string.Join(" ", headers)}]");
            }
            catch (ConsumeException unreadable)
            {
                seen.Add($"{unreadable.Error.Code} at {unreadable.ConsumerRecord.Offset.Value}: {Encoding.UTF8.GetString(unreadable.ConsumerRecord.Message.Value)}, {unreadable.InnerException?.GetType().Name}");
            }
        consumer.Close();
        return seen;
    }
}
