from oscar.apps.catalogue.apps import CatalogueConfig as OscarCatalogueConfig


class CatalogConfig(OscarCatalogueConfig):
    name = "catalog"
    label = "catalogue"
