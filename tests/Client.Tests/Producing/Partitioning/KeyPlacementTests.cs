using System.Text;
using Semel.Client.Producing.Partitioning;

namespace Semel.Client.Tests.Producing.Partitioning;

public class KeyPlacementTests
{
    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("abc", 479470107)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    public void Murmur2_hashes_as_java_does(string key, int hash) => Assert.Equal(hash, Murmur2.Hash(Bytes(key)));

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926)]
    public void Crc32_has_its_check_value(string key, uint hash) => Assert.Equal(hash, Crc32.Hash(Bytes(key)));

    [Theory]
    [InlineData("", 0x7EE3623Bu)]
    [InlineData("foobar", 0x40630698u)]
    public void Fnv1a_is_the_published_hash_without_its_sign(string key, uint hash) => Assert.Equal(hash, Fnv1a.Hash(Bytes(key)));

    [Theory]
    [InlineData(Partitioner.Murmur2Random, "foobar", (-790332482 & int.MaxValue) % 7)]
    [InlineData(Partitioner.Murmur2, "abc", 479470107 % 7)]
    [InlineData(Partitioner.ConsistentRandom, "123456789", (int)(0xCBF43926 % 7))]
    [InlineData(Partitioner.Consistent, "", 0)]
    [InlineData(Partitioner.Fnv1aRandom, "foobar", (int)(0x40630698 % 7))]
    public void A_key_has_its_partition(Partitioner partitioner, string key, int partition) => Assert.Equal(partition, KeyPlacement.Place(partitioner, Bytes(key), keyIsNull: false, 7));

    [Fact]
    public void An_empty_key_counts_as_a_key_for_java_and_as_none_for_librdkafka()
    {
        Assert.NotNull(KeyPlacement.Place(Partitioner.Murmur2Random, [], keyIsNull: false, 7));
        Assert.Null(KeyPlacement.Place(Partitioner.ConsistentRandom, [], keyIsNull: false, 7));
    }

    [Theory]
    [InlineData(Partitioner.Random)]
    [InlineData(Partitioner.Murmur2Random)]
    [InlineData(Partitioner.ConsistentRandom)]
    [InlineData(Partitioner.Fnv1aRandom)]
    public void No_key_leaves_the_choice_open(Partitioner partitioner) => Assert.Null(KeyPlacement.Place(partitioner, [], keyIsNull: true, 7));

    [Theory]
    [InlineData(Partitioner.Murmur2)]
    [InlineData(Partitioner.Consistent)]
    [InlineData(Partitioner.Fnv1a)]
    public void Records_without_a_key_share_one_partition_where_nothing_is_random(Partitioner partitioner) =>
        Assert.Equal(KeyPlacement.Place(partitioner, [], keyIsNull: false, 7), KeyPlacement.Place(partitioner, [], keyIsNull: true, 7));
}
