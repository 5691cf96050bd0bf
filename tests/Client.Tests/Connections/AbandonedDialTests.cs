using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Semel.Client.Connections;

namespace Semel.Client.Tests.Connections;

public class AbandonedDialTests
{
    [Fact]
    public async Task An_attempt_that_fails_when_nobody_waits_any_more_leaves_no_unobserved_exception()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = new BrokerAddress("127.0.0.1", ((IPEndPoint)bound.LocalEndPoint!).Port);
        var unobserved = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> count = (_, raised) =>
        {
            if (raised.Exception.ToString().Contains(address.ToString())) Interlocked.Increment(ref unobserved);
        };
        TaskScheduler.UnobservedTaskException += count;
        await using var broker = new ScriptedBroker();
        for (var attempt = 0; attempt < 5; attempt++) await DialAndGoAsync(broker.Options with { BootstrapServers = [address] });
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= count;
        Assert.Equal(0, unobserved);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task DialAndGoAsync(ConnectionOptions options)
    {
        await using var cluster = new ClusterConnections(options);
        using var leaving = new CancellationTokenSource();
        var asked = cluster.GetAnyAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => asked);
    }
}
