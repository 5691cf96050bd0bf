using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
using Semel.Client.Connections;

namespace Semel.Client.Tests.Connections;

/// <summary>What the settings of sockets and addresses do.</summary>
public sealed class SocketSettingsTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    static ConnectionOptions Options(params (string Key, string Value)[] settings) => ConnectionConfig.Options(
        ConfigValues.Parse(settings.Append(("bootstrap.servers", "b:1")).Select(static pair => new KeyValuePair<string, string>(pair.Item1, pair.Item2)), ConfigRole.Producer), "c", TimeProvider.System, NullLogger.Instance);

    [Fact]
    public void A_socket_is_as_the_settings_say()
    {
        using var plain = Options().Socket.Open(AddressFamily.InterNetwork);
        Assert.True(plain.NoDelay);
        Assert.Equal(0, (int)plain.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        using var set = Options(("socket.keepalive.enable", "true"), ("socket.nagle.disable", "false"), ("socket.send.buffer.bytes", "20000"), ("receive.buffer.bytes", "30000")).Socket.Open(AddressFamily.InterNetwork);
        Assert.False(set.NoDelay);
        Assert.NotEqual(0, (int)set.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        // Linux doubles what it is told, for its own use.
        Assert.InRange(set.SendBufferSize, 20000, 40000);
        Assert.InRange(set.ReceiveBufferSize, 30000, 60000);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void Sizes_of_nothing_leave_the_buffers_to_the_system(string size)
    {
        using var system = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var set = Options(("send.buffer.bytes", size), ("receive.buffer.bytes", size)).Socket.Open(AddressFamily.InterNetwork);
        Assert.Equal((system.SendBufferSize, system.ReceiveBufferSize), (set.SendBufferSize, set.ReceiveBufferSize));
    }

    [Fact]
    public async Task Addresses_of_the_other_family_are_not_tried()
    {
        await using var four = new ClusterConnections(_broker.Options with { Addresses = Options(("broker.address.family", "v4")).Addresses });
        Assert.Equal(_broker.Address, (await four.GetAnyAsync()).Address);
        await using var six = new ClusterConnections(_broker.Options with { Addresses = Options(("broker.address.family", "v6")).Addresses });
        Assert.Contains("broker.address.family=v6; any tries all", (await Assert.ThrowsAsync<BrokerConnectionException>(async () => await six.GetAnyAsync())).Message);
    }

    [Theory]
    [InlineData("metadata.max.age.ms=7", 7)]
    [InlineData("topic.metadata.refresh.interval.ms=9", 9)]
    [InlineData("metadata.max.age.ms=900000 topic.metadata.refresh.interval.ms=300000", 300_000)]
    [InlineData("metadata.max.age.ms=900000 topic.metadata.refresh.interval.ms=-1", int.MaxValue)]
    [InlineData("metadata.max.age.ms=0 retry.backoff.ms=100", 100)]
    public void Of_the_two_times_of_metadata_the_interval_counts(string settings, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Options([.. settings.Split(' ').Select(static pair => pair.Split('=')).Select(static pair => (pair[0], pair[1]))]).MetadataMaxAge);

    [Fact]
    public void Recovery_and_the_size_of_answers_are_taken_from_their_keys()
    {
        Assert.Null(Options(("metadata.recovery.strategy", "NONE")).RebootstrapAfter);
        Assert.Equal(TimeSpan.FromSeconds(1), Options(("metadata.recovery.strategy", "rebootstrap"), ("metadata.recovery.rebootstrap.trigger.ms", "1000")).RebootstrapAfter);
        Assert.Equal(2000, Options(("receive.message.max.bytes", "2000")).MaxResponseBytes);
    }
}
