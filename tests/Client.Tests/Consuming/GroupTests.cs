using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public sealed class GroupTests : GroupTest
{
    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task A_member_reads_everything_commits_it_at_the_end_and_the_next_goes_on_behind(string protocol)
    {
        await Broker.CreateTopicAsync("t", 3);
        await ProduceAsync("t", 3, 0, 30);
        await using (var first = Member("g", ("group.protocol", protocol)))
        {
            first.Subscribe("t");
            Assert.Equal(Enumerable.Range(0, 30), (await TakeAsync(first, 30)).Order());
            Assert.Null(await first.ConsumeAsync(TimeSpan.Zero));
        }
        await ProduceAsync("t", 3, 30, 3);
        await using var second = Member("g", ("group.protocol", protocol));
        second.Subscribe("t");
        Assert.Equal([30, 31, 32], (await TakeAsync(second, 3)).Order());
    }
}
