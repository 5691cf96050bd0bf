namespace Semel.Client.Tests.Consuming;

/// <summary>A broker that lies about what it sends.</summary>
public sealed class CutAnswerTests : ConsumerTest
{
    /// <summary>The first answer ends at each byte in turn: what is whole is read, what is not comes with the next answer, and no record is lost or comes twice.</summary>
    [Fact]
    public async Task An_answer_that_is_cut_at_any_byte_costs_one_more_fetch_and_no_record()
    {
        _log.Append("a", "b").Append("c").Append("d", "e");
        var whole = 0;
        _log.Distort = bytes => { whole = bytes.Length; return bytes; };
        var consumer = Reading(0, ("fetch.max.wait.ms", "10"));
        Assert.Equal(["a", "b", "c", "d", "e"], await TakeAsync(consumer, 5));
        for (var length = 0; length < whole; length++)
        {
            var isFirst = true;
            _log.Distort = bytes =>
            {
                if (!isFirst) return bytes;
                isFirst = false;
                return bytes[..Math.Min(length, bytes.Length)];
            };
            consumer.Seek(new TopicPartitionOffset(_partition, 0));
            for (var read = 0; read < 5;)
            {
                try { Assert.Equal($"{(char)('a' + read)}", (await TakeAsync(consumer, 1))[0]); }
                catch (ConsumeException stuck) when (stuck.Fault == ConsumeFault.StuckPosition)
                {
                    // Less than a batch is told, since asking again might bring the same for ever; the application goes on from where it stands.
                    Assert.Equal(0, stuck.TopicPartitionOffset.Offset.Value);
                    consumer.Seek(stuck.TopicPartitionOffset);
                    continue;
                }
                read++;
            }
        }
    }
}
