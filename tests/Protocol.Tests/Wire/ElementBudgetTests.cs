using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public sealed class ElementBudgetTests
{
    static byte[] Fetch(int topics, int partitions)
    {
        using var writer = new WireWriter();
        new FetchRequest { Topics = [.. Enumerable.Range(0, topics).Select(_ => new FetchRequest.FetchTopic { Partitions = [.. Enumerable.Range(0, partitions).Select(_ => new FetchRequest.FetchPartition())] })] }.Write(writer, 13);
        return writer.ToArray();
    }

    static FetchRequest Read(byte[] bytes, ElementBudget? budget)
    {
        var reader = new WireReader(bytes, budget);
        var request = new FetchRequest();
        request.Read(ref reader, 13);
        return request;
    }

    [Fact]
    public void The_elements_of_all_arrays_are_counted_together()
    {
        // Three topics, and two partitions in each.
        var bytes = Fetch(3, 2);
        var enough = new ElementBudget(9);
        Assert.Equal(3, Read(bytes, enough).Topics.Count);
        Assert.False(enough.IsSpent);
        var scarce = new ElementBudget(8);
        Assert.Throws<WireFormatException>(() => Read(bytes, scarce));
        Assert.True(scarce.IsSpent);
    }

    [Fact]
    public void It_can_be_set_anew_for_the_next_message()
    {
        var budget = new ElementBudget(1);
        Assert.Throws<WireFormatException>(() => Read(Fetch(2, 0), budget));
        budget.Reset(2);
        Assert.Equal(2, Read(Fetch(2, 0), budget).Topics.Count);
    }

    [Fact]
    public void Without_one_only_the_bytes_bound_the_elements() => Assert.Equal(5000, Read(Fetch(5000, 1), null).Topics.Count);
}
