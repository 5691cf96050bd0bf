namespace Semel.Machines.Catalog;

/// <summary>The type of a configuration's value, by the numbers of DescribeConfigs (KIP-569).</summary>
public enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
}
