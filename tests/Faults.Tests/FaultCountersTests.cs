using Semel.Protocol;

namespace Semel.Faults.Tests;

public sealed class FaultCountersTests
{
    [Fact]
    public void Counts_are_kept_by_API_and_summed()
    {
        var counters = new FaultCounters();
        counters.Add(ApiKey.Produce, FaultCounter.RequestsPassed);
        counters.Add(ApiKey.Produce, FaultCounter.RequestsPassed);
        counters.Add(ApiKey.Fetch, FaultCounter.AnswersDropped);
        counters.Add((ApiKey)30_000, FaultCounter.AnswersPassed);
        counters.Add((ApiKey)(-5), FaultCounter.AnswersPassed);
        Assert.Equal(2, counters.Of(ApiKey.Produce).RequestsPassed);
        Assert.Equal((1, 1), (counters.Of(ApiKey.Fetch).AnswersDropped, counters.Of(ApiKey.Fetch).Faults));
        Assert.Equal(2, counters.Of((ApiKey)4_000).AnswersPassed);
        Assert.Equal((4, 1), (counters.Total.FramesPassed, counters.Total.Faults));
        Assert.Equal([ApiKey.Produce, ApiKey.Fetch, (ApiKey)128], counters.ApiKeys);
        Assert.Equal(default, counters.Of(ApiKey.Metadata));
    }

    [Fact]
    public void Each_counter_has_a_column_of_its_own()
    {
        var counters = new FaultCounters();
        foreach (var counter in Enum.GetValues<FaultCounter>())
            for (var i = 0; i <= (int)counter; i++) counters.Add(ApiKey.EndTxn, counter);
        Assert.Equal(new FaultCounts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), counters.Of(ApiKey.EndTxn));
    }
}
