using Semel.Client.Configuration;
using Semel.Client.Connections;

namespace Semel.Client.Tests.Connections;

public class PureConnectionTests
{
    [Theory]
    [InlineData("kafka:9093", "kafka", 9093)]
    [InlineData("kafka", "kafka", 9092)]
    [InlineData("PLAINTEXT://kafka:1", "kafka", 1)]
    [InlineData("plaintext://my_host.example-1.com:1", "my_host.example-1.com", 1)]
    [InlineData("[::1]", "::1", 9092)]
    [InlineData("[::1]:9094", "::1", 9094)]
    [InlineData("::1", "::1", 9092)]
    [InlineData("[fe80::2]", "fe80::2", 9092)]
    public void An_address_is_read(string text, string host, int port) => Assert.Equal(new BrokerAddress(host, port), BrokerAddress.Parse(text));

    [Theory]
    [InlineData(":9092")]
    [InlineData("kafka:0")]
    [InlineData("kafka:65536")]
    [InlineData("kafka:port")]
    [InlineData("kafka:-1")]
    [InlineData("a:9092 b:9092")]
    [InlineData("a b:9092")]
    [InlineData("a:9092;b:9092")]
    [InlineData("a;b")]
    [InlineData("a:9092:9093")]
    [InlineData("[::1")]
    [InlineData("[::1]9092")]
    [InlineData("[kafka]:9092")]
    [InlineData("[::1:9092")]
    [InlineData("SSL://a:9092")]
    [InlineData("http://a:9092/x")]
    [InlineData("a/x:9092")]
    public void What_is_no_address_is_refused_with_its_text(string text) => Assert.Contains(text, Assert.Throws<FormatException>(() => BrokerAddress.Parse(text)).Message);

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(1, 0.5, 100)]
    [InlineData(1, 0.0, 80)]
    [InlineData(1, 1.0, 120)]
    [InlineData(4, 0.5, 800)]
    [InlineData(5, 0.5, 1000)]
    [InlineData(5000, 1.0, 1200)]
    public void A_backoff_doubles_up_to_its_largest_and_is_spread_by_a_fifth(int failures, double chance, double milliseconds) =>
        Assert.Equal(milliseconds, new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)).After(failures, chance).TotalMilliseconds, 3);

    [Fact]
    public void A_pool_gives_back_what_was_returned_last_and_keeps_no_more_than_its_bound()
    {
        var pool = new BufferPool<byte>(retainedBytesMax: 3 << 20);
        var first = pool.Rent(1 << 20);
        var second = pool.Rent((1 << 20) + 100);
        Assert.Equal(first.Length, second.Length);
        var third = pool.Rent(1 << 20);
        foreach (var array in (byte[][])[first, second, third]) pool.Return(array);
        Assert.Same(second, pool.Rent(1 << 20));
        Assert.Same(first, pool.Rent(1 << 20));
        Assert.NotSame(third, pool.Rent(1 << 20));
    }

    [Fact]
    public void A_frame_is_returned_when_its_last_holder_lets_go()
    {
        var pool = new BufferPool<byte>(1 << 20);
        var frame = new ResponseFrame(pool.Rent(1000), 1000, pool);
        var array = frame.Array;
        frame.Hold();
        frame.Release();
        Assert.Same(array, frame.Array);
        frame.Release();
        Assert.Same(array, pool.Rent(1000));
        Assert.Throws<ObjectDisposedException>(frame.Hold);
    }
}
