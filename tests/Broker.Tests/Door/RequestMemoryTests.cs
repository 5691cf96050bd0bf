using Semel.Broker.Door;

namespace Semel.Broker.Tests.Door;

public class RequestMemoryTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_is_there_is_given_at_once_and_the_rest_waits_in_order()
    {
        var memory = new RequestMemory(100);
        Assert.True(memory.TakeAsync(60, default).IsCompletedSuccessfully);
        var second = memory.TakeAsync(50, default).AsTask();
        var third = memory.TakeAsync(10, default).AsTask();
        Assert.False(second.IsCompleted || third.IsCompleted);
        memory.Return(60);
        await Task.WhenAll(second, third).WaitAsync(Patience);
        Assert.Equal(60, memory.UsedBytes);
    }

    [Fact]
    public async Task Who_wants_more_than_there_is_at_all_gets_it_alone()
    {
        var memory = new RequestMemory(100);
        Assert.True(memory.TakeAsync(10, default).IsCompletedSuccessfully);
        var large = memory.TakeAsync(500, default).AsTask();
        Assert.False(large.IsCompleted);
        memory.Return(10);
        await large.WaitAsync(Patience);
        memory.Return(500);
        Assert.Equal(0, memory.UsedBytes);
    }

    [Fact]
    public async Task Who_closes_while_waiting_gives_up_its_place_and_takes_nothing()
    {
        var memory = new RequestMemory(100);
        await memory.TakeAsync(100, default);
        using var closing = new CancellationTokenSource();
        var gone = memory.TakeAsync(90, closing.Token).AsTask();
        var next = memory.TakeAsync(50, default).AsTask();
        await closing.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => gone);
        memory.Return(100);
        await next.WaitAsync(Patience);
        Assert.Equal(50, memory.UsedBytes);
    }
}
