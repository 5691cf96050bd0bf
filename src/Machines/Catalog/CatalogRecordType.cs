namespace Semel.Machines.Catalog;

/// <summary>What a record of the catalog's log says: the first two bytes of its value.</summary>
internal enum CatalogRecordType : short
{
    Topic = 0,
    TopicConfig = 1,
    RemoveTopic = 2,
    ProducerIds = 3,
}
