using System.Buffers;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>What the application's own serializers and partitioners throw is told as every other failure of a record, and leaves no trace.</summary>
public sealed class UserCodeTests
{
    const string Topic = TestCluster.Topic;

    sealed class Failing : ISerializer<string>
    {
        public void Serialize(string value, IBufferWriter<byte> destination, SerializationContext context)
        {
            destination.Write("half a record"u8);
            if (value == "bad") throw new FormatException("bad is no value");
        }
    }

    sealed class Lost : IPartitioner
    {
        public int Choose(string topic, ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, int partitionCount) =>
            keyIsNull ? throw new FormatException("no key, no partition") : 0;
    }

    static async Task<ProduceException> FailsAsync(Func<Task> produce) => await Assert.ThrowsAsync<ProduceException>(produce);

    [Theory]
    [InlineData(true, "key")]
    [InlineData(false, "value")]
    public async Task A_serializer_that_throws_is_a_failure_of_its_record_alone(bool inKey, string part)
    {
        await using var cluster = await TestCluster.StartAsync();
        var builder = cluster.Builder<string, string>();
        await using var producer = (inKey ? builder.SetKeySerializer(new Failing()) : builder.SetValueSerializer(new Failing())).Build();
        Message<string, string> good = new() { Key = "k", Value = "v" }, bad = inKey ? new() { Key = "bad", Value = "v" } : new() { Key = "k", Value = "bad" };
        await producer.ProduceAsync(Topic, good);
        foreach (var failure in new[]
        {
            await FailsAsync(() => producer.ProduceAsync(Topic, bad).AsTask()), await FailsAsync(() => producer.ProduceAsync(new TopicPartition(Topic, 0), bad).AsTask()),
            await FailsAsync(() => producer.EnqueueAsync(Topic, bad).AsTask()), Assert.Throws<ProduceException>(() => producer.Produce(Topic, bad)), Assert.Throws<ProduceException>(() => producer.TryProduce(Topic, bad, out _)),
        })
        {
            Assert.Equal((LocalErrorCode.Serialization, ErrorClass.Record, PersistenceStatus.NotPersisted, Topic), (failure.Error.LocalCode, failure.Class, failure.Status, failure.TopicPartition.Topic));
            Assert.Contains($"the {part} of a record for topic {Topic} cannot be serialised: bad is no value", failure.Message);
            Assert.IsType<FormatException>(failure.InnerException);
        }
        await producer.ProduceAsync(Topic, good);
        Assert.Equal(2, (await cluster.ReadAsync()).Count);
    }

    [Fact]
    public async Task A_partitioner_that_throws_is_a_failure_of_its_record_whether_it_waited_or_not()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Builder<string, string>().SetPartitioner(new Lost()).Build();
        var waited = await FailsAsync(() => producer.ProduceAsync(Topic, new() { Value = "v" }).AsTask());
        await producer.ProduceAsync(Topic, new() { Key = "k", Value = "v" });
        var atOnce = await FailsAsync(() => producer.ProduceAsync(Topic, new() { Value = "v" }).AsTask());
        foreach (var failure in new[] { waited, atOnce })
        {
            Assert.Equal((LocalErrorCode.UnknownPartition, ErrorClass.Record, PersistenceStatus.NotPersisted), (failure.Error.LocalCode, failure.Class, failure.Status));
            Assert.Contains("no key, no partition", failure.Message);
            Assert.IsType<FormatException>(failure.InnerException);
        }
    }
}
